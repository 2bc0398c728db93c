"""A mail server on the PyPI package aiosmtpd: takes every mail and prints it as one line of JSON."""

import asyncio
import json
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP


def show(value):
    print(json.dumps(value, ensure_ascii=False), flush=True)


def body(message, kind):
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part is not None else ""


class Printer:
    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=default)
        show(
            {
                "event": "mail",
                "sender": envelope.mail_from,
                "recipients": list(envelope.rcpt_tos),
                "subject": str(message["subject"] or ""),
                "text": body(message, "plain"),
                "html": body(message, "html"),
                "message_id": str(message["message-id"] or ""),
            }
        )
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Printer(), enable_SMTPUTF8=True), "127.0.0.1", 0)
    show({"event": "listening", "port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


asyncio.run(main())
