"""A simulated SQS with the latency of the real one: the child process of benchmarks/hints.

It answers `SendMessage` and `SendMessageBatch`. The queue `refuses` denies each request, and `hangs` never answers.
"""

import asyncio
import json
import random
from math import exp, log
from typing import Any

MEDIAN_SECONDS, SPREAD = 0.008, 0.35  # a lognormal distribution, with 18 ms at p99
HANG_SECONDS = 60


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            request = json.loads(await reader.readexactly(int(headers[b"content-length"])))
            status, answer = await _answer(request)
            body = json.dumps(answer).encode()
            writer.write(
                b"HTTP/1.1 %d X\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(body), body)
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the client closed the connection
    finally:
        writer.close()


async def _answer(request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    await asyncio.sleep(
        HANG_SECONDS if request["QueueUrl"] == "hangs" else exp(random.gauss(log(MEDIAN_SECONDS), SPREAD))
    )
    if request["QueueUrl"] == "refuses":
        return 403, {"__type": "com.amazonaws.sqs#AccessDenied", "message": "denied"}
    entries = request.get("Entries", [])
    return 200, {"MessageId": "m", "Successful": [{"Id": entry["Id"], "MessageId": "m"} for entry in entries]}


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
