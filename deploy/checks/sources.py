"""What the sources say: settings, programs, streams, metrics. Read as text, so that nothing has to be built."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["client-registry", "lead-intake", "call-tracking", "notification", "gateway"]


def _fields(path: pathlib.Path, struct: str) -> list[tuple[str, str, bool]]:
    """Name, type, and whether it has a default, of the public fields of a struct."""
    body = re.search(rf"pub struct {struct} \{{(.*?)\n\}}", path.read_text(), re.S)
    if not body:
        raise SystemExit(f"{path} has no struct {struct}")
    fields, attributes = [], ""
    for line in body[1].splitlines():
        found = re.match(r"\s*pub (?:\(crate\) )?(\w+): (.*),$", line)
        if found:
            fields.append((found[1], found[2], "default" in attributes))
            attributes = ""
        elif line.strip().startswith("#["):
            attributes += line
    return fields


def _all(service: str) -> list[tuple[str, str, bool]]:
    common = _fields(ROOT / "services/shared/runtime/src/config.rs", "ServiceConfig")
    own = _fields(ROOT / f"services/{service}/src/config.rs", "Config")
    return common + [field for field in own if field[0] != "common"]


def settings(service: str) -> set[str]:
    """Every setting of a service, those of a table inside as `table__name`."""
    known = {name for name, _, _ in _all(service)}
    for name, kind, _ in _all(service):
        for path in (ROOT / "services/shared/runtime/src").glob("*.rs"):
            if re.fullmatch(r"[A-Z]\w+", kind) and f"pub struct {kind} {{" in path.read_text():
                known |= {f"{name}__{inner}" for inner, _, _ in _fields(path, kind)}
    return known


def doctor() -> dict[str, dict]:
    """Per service what `edina doctor` believes it produces and listens to."""
    text = (ROOT / "services/edina/src/doctor/system.rs").read_text()
    names = dict(re.findall(r'const (\w+): &str = "([\w-]+)";', text))
    found = re.findall(r'name: (\w+),.*?produces: "(\w+)",\s*listens: &\[(.*?)\]', text, re.S)
    return {
        names[name]: {"produces": produces, "listens": set(re.findall(r'"(\w+)"', listens))}
        for name, produces, listens in found
    }


def required(service: str) -> set[str]:
    """The settings without which it does not start."""
    return {name for name, kind, default in _all(service) if not default and not kind.startswith("Option<")}


def programs() -> set[str]:
    """Packages that have a program of the same name."""
    return {path.parent.parent.name for path in ROOT.glob("services/*/src/main.rs")}


def streams() -> dict[str, dict]:
    """Per service: the stream it produces (none while it has no relay), whom it listens to, whether it follows the directory."""
    answer = {}
    for service in SERVICES:
        app = ROOT / f"services/{service}/src/app.rs"
        texts = [path.read_text() for path in (ROOT / f"services/{service}/src").rglob("*.rs")]
        text = app.read_text() if app.exists() else ""
        produced = re.search(r'\.say_as\("(\w+)"', text)
        listens = set(re.findall(r'\("(\w+)", Arc::new\(', text))
        answer[service] = {
            "produces": produced[1] if produced else None,
            "listens": listens,
            "directory": ".follow(" in text,
            "live": {topic for body in texts for topic in re.findall(r'live::send\([^;]*?"(\w+)"', body)},
        }
    return answer


def metrics() -> set[str]:
    """Every metric our services export: the catalogue of edina-telemetry."""
    text = (ROOT / "services/shared/telemetry/src/catalogue.rs").read_text()
    table = text[text.index("pub const METRICS") :]
    return set(re.findall(r'(?:\(|name: )"(edina_\w+)"', table[: table.index("\n];")]))


def metrics_in_code() -> set[str]:
    """Every metric that some code counts."""
    names: set[str] = set()
    for path in (ROOT / "services").rglob("*.rs"):
        if "tests" not in path.parts:
            names |= set(re.findall(r'metrics::(?:counter|gauge|histogram)!\(\s*"(\w+)"', path.read_text()))
    return names


def named_in(expression: str) -> set[str]:
    """The metrics a PromQL expression names."""
    bare = re.sub(r"\b(?:by|on|without|ignoring|group_left|group_right) *\([^)]*\)", " ", expression)
    bare = re.sub(r'\{[^}]*\}|\[[^\]]*\]|"[^"]*"', " ", bare)
    words = re.findall(r"(?<!\w)[a-zA-Z_]\w*(?!\w)(?! *\()", bare)
    return {word for word in words if word not in {"and", "or", "unless", "bool", "offset", "m", "h", "s", "d"}}
