"""Names and values: what goes, and what of the line stays."""

import pytest

from kubevigil.crashes.redaction.builtin import selected
from kubevigil.crashes.redaction.scanning import CROWD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=hunter2 user=a", "password=[REDACTED:password] user=a"),
        ("password=a,b;c user=a", "password=[REDACTED:password] user=a"),
        ("password=abc,user=a", "password=[REDACTED:password],user=a"),
        ("Password=ab;Server=x", "Password=[REDACTED:password];Server=x"),
        ("(password=ab1)", "(password=[REDACTED:password])"),
        ("(password=ab1).", "(password=[REDACTED:password])."),
        ("password=f(x)1)", "password=[REDACTED:password]"),
        ("password='a \\' b' c", "password='[REDACTED:password]' c"),
        ('password="a b', 'password="[REDACTED:password]'),
        ('{"password":"a\\\\","b":"c"}', '{"password":"[REDACTED:password]","b":"c"}'),
        ('"{\\"password\\":\\"a\\\\\\"b\\",\\"c\\":1}"', '"{\\"password\\":\\"[REDACTED:password]\\",\\"c\\":1}"'),
        ('{"msg":"{\\"password\\":\\"abc"} x', '{"msg":"{\\"password\\":\\"[REDACTED:password]"} x'),
        ('{"msg":"password=abc"}', '{"msg":"password=[REDACTED:password]"}'),
        ("password: hunter2", "password: [REDACTED:password]"),
        ("password: swordfish", "password: [REDACTED:password]"),
        ("the password: swordfish", "the password: swordfish"),
        ("the password: sw0rdfish", "the password: [REDACTED:password]"),
        ("password=abc\\nuser=b", "password=[REDACTED:password]\\nuser=b"),
        ("password=abc\\u0026user=b", "password=[REDACTED:password]\\u0026user=b"),
        ("\\u0022password\\u0022:\\u0022a b\\u0022,x", "\\u0022password\\u0022:\\u0022[REDACTED:password]\\u0022,x"),
        ("&quot;password&quot;:&quot;a b&quot;,x", "&quot;password&quot;:&quot;[REDACTED:password]&quot;,x"),
        ("%22password%22%3A%22a+b%22%2C", "%22password%22%3A%22[REDACTED:password]%22%2C"),
        ("password%3Dabc%26x", "password%3D[REDACTED:password]%26x"),
        ("password:[104 117 110 116 101 114]", "password:[[REDACTED:password]]"),
        ("password:[hunter2]", "password:[[REDACTED:password]]"),
        ("{Password: Name:bob}", "{Password: Name:bob}"),
        ("{Password:hunter2 Name:bob}", "{Password:[REDACTED:password] Name:bob}"),
        ("<password>a b</password>", "<password>[REDACTED:password]</password>"),
        ("Map<String, Token>x", "Map<String, Token>x"),
        ("Token::new(a)", "Token::new(a)"),
        ("bypass=yes1 compass=ab12", "bypass=yes1 compass=ab12"),
        ("dbPass=ab12 x", "dbPass=[REDACTED:password] x"),
        ("PASS: 12", "PASS: 12"),
        ("auth=4a5b6c7d8e user", "auth=[REDACTED:credential] user"),
        ("auth=enabled", "auth=enabled"),
        ("sessionId=4a5b6c7d8e9f", "sessionId=[REDACTED:credential]"),
        ("cvv=123 otp: 123456", "cvv=[REDACTED:credential] otp: [REDACTED:credential]"),
        ("client_secret=foo-bar", "client_secret=[REDACTED:secret]"),
        ("secret=foo-bar", "secret=foo-bar"),
        ("secret: s3cr3t", "secret: [REDACTED:secret]"),
        ("unexpected token: abc1", "unexpected token: abc1"),
        ("next_page_token=abc123def", "next_page_token=abc123def"),
        ("cache_key=abc123def", "cache_key=abc123def"),
        ("api key: abc123def", "api key: [REDACTED:api_key]"),
        ("token: https://example.com/token", "token: https://example.com/token"),
        ("tok\u212aen=a1b2c3d4 \u0130 password=x1", "tok\u212aen=a1b2c3d4 \u0130 password=[REDACTED:password]"),
        ("app --password --verbose", "app --password --verbose"),
        ("app --password hunter2 --verbose", "app --password [REDACTED:password] --verbose"),
        ("password hunter2", "password hunter2"),
        ("curl -u a:b1 x", "curl -u a:[REDACTED:password] x"),
        ("docker run -u 1000:1000 x", "docker run -u 1000:1000 x"),
        ("mysql -uroot -pab1 x", "mysql -uroot -p[REDACTED:password] x"),
    ],
)
def test_the_value_goes_and_the_line_stays(text: str, expected: str) -> None:
    assert selected().redact(text).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("redis://:pw@h/0", "redis://:[REDACTED:url]@h/0"),
        ("amqp://u:p@ss@h", "amqp://u:[REDACTED:url]@h"),
        ("db://u:a/b#c?d@host:5432/x", "db://u:[REDACTED:url]@host:5432/x"),
        ("http://host:8080/path@v2", "http://host:8080/path@v2"),
        ("https://a1b2c3d4e5f6a7b8c9@github.com/x", "https://[REDACTED:url]@github.com/x"),
        ("jdbc:oracle:thin:scott/tiger@//db:1521/x", "jdbc:oracle:thin:scott/[REDACTED:url]@//db:1521/x"),
        ("x=1&X-Amz-Signature=" + "ab12" * 8 + "&y=2", "x=1&X-Amz-Signature=[REDACTED:url]&y=2"),
        ("AccountKey=" + "ab12" * 21 + "ab==;End=1", "AccountKey=[REDACTED:azure];End=1"),
        ("Authorization: Bearer abc", "Authorization: Bearer [REDACTED:authorization]"),
        ("Authorization: denied", "Authorization: denied"),
        ('Authorization: Digest username="a", response="b"', "Authorization: Digest [REDACTED:authorization]"),
        ("cookie: a=b1; Path=/; c=d1", "cookie: a=[REDACTED:cookie]; Path=/; c=[REDACTED:cookie]"),
        ("cookie: path=" + "x" * 300, "cookie: path=[REDACTED:cookie]"),
        ("t eyJ" + "hbGciOiJkaXIifQ.abcdef.ghijkl", "t [REDACTED:jwt]"),
        ("xeyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln", "x[REDACTED:jwt]"),
        ("DE89 3704 0044 0532 0130 00", "[REDACTED:iban]"),
        ("DE88 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
        ("basic dXNlcjpwYXNz", "basic [REDACTED:authorization]"),
        ("basic authentication", "basic authentication"),
        ("AK" + "IAABCDEFGHIJKLMNOP: " + "aB3/" * 10, "[REDACTED:aws]: [REDACTED:aws]"),
        ("key-" + "0a1b" * 8, "[REDACTED:vendor]"),
    ],
)
def test_addresses_and_headers_keep_what_is_no_secret(text: str, expected: str) -> None:
    assert selected().redact(text).text == expected


def test_a_line_full_of_secrets_is_given_up_and_the_next_one_is_not() -> None:
    text = "token=a1 " * (CROWD + 100) + "hello\ntoken=b2 hello"
    first, second = selected().redact(text).text.split("\n")
    assert first.count("[REDACTED:token]") == CROWD + 1
    assert first.endswith("[REDACTED:token]")
    assert second == "token=[REDACTED:token] hello"
