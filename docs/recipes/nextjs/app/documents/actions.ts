"use server";

import { after } from "next/server";
import { auth } from "@/auth";
import { carillon } from "@/lib/carillon";
import { addComment } from "@/lib/documents";

/** Stores a comment, and notifies the others who work on the document. */
export async function comment(documentId: string, form: FormData): Promise<void> {
  const session = await auth();
  if (!session) throw new Error("not signed in"); // everyone can call a server action, not only your page
  const added = await addComment(documentId, session.user.id, String(form.get("text")));
  const others = added.participants.filter((id) => id !== session.user.id);
  if (others.length === 0) return;
  // After the answer: the comment is stored, so an error here must not make the person write it again.
  after(() =>
    carillon().notifications.createMany(others, {
      event_name: "comment.added",
      title: `${session.user.name} wrote a comment`,
      target_url: `/documents/${documentId}#comment-${added.id}`,
      batch_key: `document:${documentId}`,
      resource_id: added.id,
    }),
  );
}
