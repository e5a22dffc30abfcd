"""Japanese. A noun has one form, whatever the count."""

from carillon.words.types import MessageTexts, PageTexts, SeverityWords, Words

WORDS = Words(
    direction="ltr",
    messages=MessageTexts(
        plural=lambda _: 0,
        thousands=",",
        comma="、",
        colon="：",
        severities={
            "critical": SeverityWords(label="重大", bell="重大", tally=("重大 {count} 件",)),
            "warning": SeverityWords(label="警告", bell="警告", tally=("警告 {count} 件",)),
            "success": SeverityWords(label="成功", bell="成功", tally=("成功 {count} 件",)),
            "info": SeverityWords(label="情報", bell="情報", tally=("情報 {count} 件",)),
        },
        more=("ほか {count} 件",),
        heading=("{count} 件のお知らせ",),
        subject="{heading}：{headline}",
        details="詳細は {app} でご確認ください。",
        open_one="{app} で開く",
        open_all="{app} ですべて見る",
        reason="{app} でメール通知が有効になっているため、このメールをお送りしています。",
        unsubscribe="これらのメールの配信を停止する",
        mandatory="この種類のお知らせは見逃してはならないものとして {app} の管理者が定めているため、"
        "このメールをお送りしています。停止することはできません。",
        mandatory_too="一部のお知らせは引き続き届きます。見逃してはならないものとして"
        " {app} の管理者が定めているためです。",
    ),
    pages=PageTexts(
        ask="配信の停止",
        about="{app} は次の内容についてメールをお送りしています：",
        about_all="{app} はお知らせについてメールをお送りしています。",
        stop="これらのメールを停止する",
        stop_all="すべてのメールを停止する",
        done="配信を停止しました",
        done_about="今後、{app} から次の内容のメールは届きません：",
        done_all="今後、{app} から停止可能なメールは届きません。",
        again="もう一度有効にする",
        again_done="これらのメールの配信を再開しました",
        again_all="{app} はこれまでどおりメールをお送りします。",
        nothing="変更はありません",
        nothing_said="停止する内容が指定されていませんでした。お選びください：",
        mandatory="これらのメールは停止できません",
        mandatory_said="{app} からお知らせする必要がある内容です。変更はありません。",
        still="{app} からお知らせする必要がある内容は、引き続きメールで届きます：{what}。",
        settings="{app} の設定で、お知らせの内容と方法を選ぶ",
        failed={
            "invalid": (
                "このリンクは使えません",
                "リンクが不完全か、無効になっています。変更はありません。新しいメールのリンクをご利用ください。",
            ),
            "expired": (
                "このリンクは期限切れです",
                "変更はありません。新しいメールのリンクをご利用ください。",
            ),
            "unavailable": (
                "現在ご利用いただけません",
                "処理が完了していない可能性があります。1 分後にもう一度お試しください。",
            ),
        },
    ),
    email_help={
        "bounced": "このアドレス宛てのメールが戻ってきたため、送信を停止しています。別のアドレスを指定するか、"
        "再び使えるようになった場合はサポートにご連絡ください。",
        "complained": "このアドレス宛てのメールが迷惑メールとして報告されたため、送信を停止しています。"
        "別のアドレスを指定するか、送信の再開をサポートにご依頼ください。",
    },
)
