"""Secrets in believable lines. Made from a seed and put together when the test runs, so that no file holds one."""

import base64
import json
import string
from collections.abc import Callable, Iterator
from random import Random
from typing import Final, NamedTuple
from urllib.parse import quote

ALNUM = string.ascii_letters + string.digits
WORD = ALNUM + "_-"


class Planted(NamedTuple):
    """A text, and what of it must not survive."""

    kind: str
    text: str
    secrets: tuple[str, ...]


def of(rng: Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))


def b64url(data: str) -> str:
    return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")


def jwt(rng: Random) -> str:
    header = b64url(json.dumps({"alg": "RS256", "kid": of(rng, ALNUM, 20)}, separators=(",", ":")))
    claims = {"iss": "kubernetes/serviceaccount", "sub": f"system:serviceaccount:shop:{of(rng, ALNUM, 6)}"}
    return ".".join((header, b64url(json.dumps(claims, separators=(",", ":"))), of(rng, WORD, 86)))


def luhn_number(rng: Random, first: str, length: int) -> str:
    digits = first + of(rng, string.digits, length - len(first) - 1)
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def iban(rng: Random) -> str:
    account = of(rng, string.digits, 18)
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02d}{account}"


VENDORS: Final[dict[str, Callable[[Random], str]]] = {
    "aws": lambda r: "AK" + "IA" + of(r, string.ascii_uppercase + "234567", 16),
    "google": lambda r: "AI" + "za" + of(r, WORD, 35),
    "google oauth": lambda r: "ya29" + ".a0" + of(r, WORD, 60),
    "github": lambda r: "gh" + r.choice("pousr") + "_" + of(r, ALNUM, 36),
    "github fine": lambda r: "github" + "_pat_" + of(r, ALNUM, 22) + "_" + of(r, ALNUM, 59),
    "gitlab": lambda r: "gl" + "pat-" + of(r, WORD, 20),
    "slack": lambda r: "xox" + r.choice("bp") + "-" + of(r, string.digits, 12) + "-" + of(r, ALNUM, 24),
    "slack hook": lambda r: (
        f"https://hooks.slack.com/ser{'vices'}/T{of(r, ALNUM, 8)}/B{of(r, ALNUM, 8)}/{of(r, ALNUM, 24)}"
    ),
    "stripe": lambda r: r.choice(("sk", "rk")) + "_live_" + of(r, ALNUM, 24),
    "npm": lambda r: "npm" + "_" + of(r, ALNUM, 36),
    "pypi": lambda r: "pypi" + "-AgEIcHlwaS5vcmc" + of(r, WORD, 80),
    "openai": lambda r: "sk" + "-" + of(r, ALNUM, 48),
    "openai project": lambda r: "sk" + "-proj-" + of(r, WORD, 80),
    "anthropic": lambda r: "sk" + "-ant-api03-" + of(r, WORD, 93),
    "sendgrid": lambda r: "SG" + "." + of(r, WORD, 22) + "." + of(r, WORD, 43),
    "twilio": lambda r: "SK" + of(r, "0123456789abcdef", 32),
    "telegram": lambda r: of(r, "123456789", 9) + ":AA" + of(r, WORD, 33),
    "discord": lambda r: f"https://discord.com/api/web{'hooks'}/{of(r, string.digits, 18)}/{of(r, WORD, 68)}",
    "vault": lambda r: "hv" + "s." + of(r, WORD, 90),
    "databricks": lambda r: "da" + "pi" + of(r, "0123456789abcdef", 32),
    "digitalocean": lambda r: "dop" + "_v1_" + of(r, "0123456789abcdef", 64),
    "shopify": lambda r: "shp" + "at_" + of(r, "0123456789abcdef", 32),
    "grafana": lambda r: "gl" + "sa_" + of(r, ALNUM, 32) + "_" + of(r, "0123456789abcdef", 8),
    "docker": lambda r: "dckr" + "_pat_" + of(r, WORD, 27),
    "azure client": lambda r: of(r, ALNUM, 3) + "8Q" + "~" + of(r, ALNUM, 34),
    "jwt": jwt,
    "card": lambda r: luhn_number(r, r.choice(("4", "51", "2221", "6011")), 16),
    "amex": lambda r: luhn_number(r, "37", 15),
    "iban": iban,
    "email": lambda r: (
        f"{of(r, string.ascii_lowercase, 7)}.{of(r, string.ascii_lowercase, 5)}@{of(r, string.ascii_lowercase, 8)}.com"
    ),
}
"""What is told by its own shape."""

FREE: Final[tuple[str, ...]] = (
    "{}",
    "2026-11-21T10:00:00Z ERROR request refused: {}",
    '{{"level":"error","msg":"cannot use {}"}}',
    '{{"level":"error","value":"{}","n":1}}',
    "value='{}'",
    "[{}]",
    "({})",
    "got {}, expected another",
    'level=info msg="trying {}" n=3',
    "\tat com.example.Client.send({})",
    "prefix {}\nnext line",
    '{{"log":"line\\n{}\\nother"}}',
    "https://example.com/x?v={}&w=1",
)

PASSWORDS: Final[dict[str, Callable[[Random], str]]] = {
    "letters and digits": lambda r: of(r, ALNUM, r.randint(8, 24)) + "7x",
    "special": lambda r: of(r, ALNUM, 5) + of(r, "!@#$%^*+=~.?/:_-", 5) + of(r, ALNUM, 5),
    "hex": lambda r: of(r, "0123456789abcdef", r.choice((32, 40, 64))) + "a1",
    "base64": lambda r: base64.b64encode(r.randbytes(30)).decode(),
    "uuid": lambda r: "-".join(of(r, "0123456789abcdef", n) for n in (8, 4, 4, 4, 12)),
    "word": lambda r: (
        r.choice(("hunter", "dragon", "sommer", "letmein", "S3cret")) + of(r, string.digits, 2) + r.choice(("", "!"))
    ),
}

KEYS: Final[tuple[str, ...]] = (
    *(
        "password",
        "PASSWORD",
        "db_password",
        "DB_PASSWORD",
        "dbPassword",
        "spring.datasource.password",
        "POSTGRES_PASSWORD",
        "MYSQL_PWD",
    ),
    *("passwd", "passphrase", "PGPASSWORD", "admin-password", "smtpPass", "redis_pass", "RABBITMQ_DEFAULT_PASS"),
    *(
        "token",
        "access_token",
        "accessToken",
        "refresh-token",
        "BOT_TOKEN",
        "x-vault-token",
        "id_token",
        "registrationToken",
    ),
    *(
        "client_secret",
        "clientSecret",
        "CLIENT_SECRET",
        "app.jwt.secret",
        "webhook-secret",
        "AWS_SECRET_ACCESS_KEY",
        "SECRET_KEY_BASE",
    ),
    *(
        "api_key",
        "apiKey",
        "X-API-Key",
        "apikey",
        "private_key",
        "encryption-key",
        "signingKey",
        "ACCOUNT_KEY",
        "master_key",
    ),
)

FORMATS: Final[dict[str, Callable[[str, str], str]]] = {
    "environment": lambda k, v: f"PATH=/usr/bin\n{k}={v}\nHOME=/root",
    "export": lambda k, v: f'export {k}="{v}"',
    "logfmt": lambda k, v: f"level=info msg=connecting {k}={v} user=app attempt=2",
    "logfmt, quoted": lambda k, v: f'level=info {k}="{v}" user=app',
    "json": lambda k, v: json.dumps({"level": "info", k: v, "user": "app"}),
    "json, compact": lambda k, v: json.dumps({"a": {k: v}, "user": "app"}, separators=(",", ":")),
    "json in json": lambda k, v: json.dumps({"msg": json.dumps({k: v, "user": "app"})}),
    "json in json in json": lambda k, v: json.dumps({"log": json.dumps({"msg": json.dumps({k: v, "n": 1})})}),
    "yaml": lambda k, v: f"database:\n  host: db\n  {k}: {v}\n  port: 5432",
    "yaml, quoted": lambda k, v: f"auth:\n  - {k}: '{v}'\n",
    "yaml block": lambda k, v: f"{k}: |\n  {v}\nnext: 1",
    "python": lambda k, v: f"INFO:root:settings { ({'host': 'db', k: v, 'port': 1})!r}",
    "python call": lambda k, v: f"TypeError: connect(host='db', {k}='{v}') got an unexpected argument",
    "go map": lambda k, v: f"config: map[host:db {k}:{v} port:5432]",
    "go struct": lambda k, v: f"panic: &{{Host:db {k}:{v} Port:5432}}",
    "java": lambda k, v: f"\tat x.Y(Z.java:1) Config(host=db, {k}={v})",
    "java properties": lambda k, v: f"{{{k}={v}, user=app}}",
    "flag": lambda k, v: f"exec: app --host db --{k} {v} --verbose",
    "flag with =": lambda k, v: f"exec: app --host db --{k}={v} --verbose",
    "argv": lambda k, v: f"argv: {['app', '--' + k, v, '-v']!r}",
    "query": lambda k, v: f"GET /login?user=app&{k}={quote(v, safe='')}&next=%2F HTTP/1.1",
    "encoded": lambda k, v: f"body=user%3Dapp%26{k}%3D{quote(quote(v, safe=''), safe='')}%26x%3D1",
    "xml": lambda k, v: f"<config><host>db</host><{k}>{v}</{k}></config>",
    "toml": lambda k, v: f'[database]\n{k} = "{v}"\n',
    "ini": lambda k, v: f"[db]\n{k} = {v}\n",
    "connection string": lambda k, v: f"Server=db;Database=shop;User Id=sa;{k}={v};Encrypt=true",
    "header": lambda k, v: f"> {k}: {v}\n> Accept: */*",
    "kubernetes env": lambda k, v: json.dumps({"env": [{"name": k, "value": v}, {"name": "B", "value": "c"}]}),
    "kubernetes yaml": lambda k, v: f"env:\n- name: {k}\n  value: {v}\n- name: B\n  value: c",
    "ruby": lambda k, v: f'Parameters: {{"{k}"=>"{v}", "user"=>"app"}}',
    "rust": lambda k, v: f'Config {{ host: "db", {k}: Some("{v}"), port: 1 }}',
    "php": lambda k, v: f"Array ( [host] => db [{k}] => {v} )",
    "sentence": lambda k, v: f"2026-11-21 10:00:00 INFO using {k}: {v}",
}

EXTRA: Final[dict[str, Callable[[str], str]]] = {
    "url": lambda v: f"connecting to postgres://app:{quote(v, safe='')}@db.shop.svc:5432/orders?sslmode=disable",
    "url in json": lambda v: json.dumps({"url": f"amqp://app:{quote(v, safe='')}@mq:5672/%2f"}),
    "url, not encoded": lambda v: f"redis://:{v.replace('@', '')}@redis:6379/0",
    "go dsn": lambda v: f"dial app:{v}@tcp(mysql:3306)/shop?parseTime=true",
    "basic": lambda v: "Authorization: Basic " + base64.b64encode(f"app:{v}".encode()).decode(),
    "bearer": lambda v: f"curl -H 'Authorization: Bearer {v}' https://example.com",
    "go header": lambda v: f"map[Accept:[*/*] Authorization:[Bearer {v}] Host:[x]]",
    "header json": lambda v: json.dumps({"headers": {"authorization": f"Token {v}", "host": "x"}}),
    "proxy": lambda v: f"Proxy-Authorization: Basic {base64.b64encode(f'a:{v}'.encode()).decode()}\nHost: x",
    "cookie": lambda v: f"Cookie: theme=dark; session={quote(v, safe='')}; lang=de",
    "set-cookie": lambda v: f"Set-Cookie: sid={quote(v, safe='')}; Path=/; HttpOnly",
    "curl": lambda v: f"+ curl -sS -u app:{v} https://example.com",
    "mysql": lambda v: f"+ mysql -h db -u root -p{v} shop",
    "sshpass": lambda v: f"+ sshpass -p '{v}' ssh app@db",
    "sql": lambda v: f"CREATE USER app WITH PASSWORD '{v}' CREATEDB;",
    "mysql's own": lambda v: f"[Note] A temporary password is generated for root@localhost: {v}",
    "netrc": lambda v: f"machine example.com login app password {v}",
    "redis": lambda v: f"requirepass {v}",
    "docker": lambda v: json.dumps({"auths": {"r": {"auth": base64.b64encode(f"app:{v}".encode()).decode()}}}),
    "azure": lambda v: f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={padded(v, 64)};End=1",
    "sas": lambda v: f"GET https://x.blob.core.windows.net/c?sv=2024&sp=r&sig={quote(padded(v, 32), safe='')}",
}


def padded(value: str, size: int) -> str:
    """So many bytes made of the value, in base64: the shape of Azure's keys and signatures."""
    return base64.b64encode((value * size)[:size].encode()).decode()


def survives(kind: str, value: str) -> tuple[str, ...]:
    """What to look for in the output: the secret in each form in which the line may hold it."""
    forms = [value, quote(value, safe=""), quote(quote(value, safe=""), safe="")]
    if kind in {"basic", "docker"}:
        forms.append(base64.b64encode(f"app:{value}".encode()).decode())
    if kind == "azure":
        forms = [padded(value, 64)]
    if kind == "sas":
        forms = [quote(padded(value, 32), safe="")]
    return tuple(forms)


def planted(seed: int, rounds: int = 1) -> Iterator[Planted]:
    """Every vendor's shape in every surrounding, every name in every format, and what has a form of its own."""
    rng = Random(seed)
    for _ in range(rounds):
        for kind, make in VENDORS.items():
            for surrounding in FREE:
                secret = make(rng)
                yield Planted(kind, surrounding.format(secret), (secret_part(kind, secret),))
        for kind, put in FORMATS.items():
            for key in KEYS:
                value = rng.choice(list(PASSWORDS.values()))(rng)
                yield Planted(f"{kind} ({key})", put(key, value), survives(kind, value))
        for kind, form in EXTRA.items():
            for make in PASSWORDS.values():
                value = make(rng)
                yield Planted(kind, form(value), survives(kind, value))


def secret_part(kind: str, secret: str) -> str:
    """The part of a vendor's token that is secret: not the host, not the number of the bot."""
    if kind in {"slack hook", "discord"}:
        return secret.rpartition("/")[2]
    if kind == "telegram":
        return secret.partition(":AA")[2]
    return secret[4:] if kind == "azure client" else secret


def long_parts(secret: str, least: int = 6) -> tuple[str, ...]:
    """Its first and its last characters: nothing as long as that may be left over either."""
    return (secret[:least], secret[-least:]) if len(secret) >= 2 * least else (secret,)
