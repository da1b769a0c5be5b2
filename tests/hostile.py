"""Addresses that nobody may be talked into asking, by how they hide where they lead.

`HOSTS` stand in an address as they are; `NAMES` are resolved to what is beside them; `URLS` are
whole. `PORTS` are names of public hosts at ports where no file server is.
"""

import socket

_LOOPBACK = """
    127.0.0.1 127.0.0.2 127.127.127.127 127.255.255.254 127.1 127.0.1 127.0.0.1. 0.0.0.0 0 0.0 0.1
    [::1] [::] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::0:1] localhost
    LOCALHOST LocalHost localhost. a.localhost a.b.LocalHost
"""
_PRIVATE = """
    10.0.0.1 10.255.255.255 10.1 172.16.0.1 172.31.255.254 192.168.0.1 192.168.255.255 192.168.257
    100.64.0.1 100.127.255.254 [fc00::1] [fd12:3456:789a::1] [fdff::ffff] [fec0::1]
"""
_LINK_LOCAL = """
    169.254.169.254 169.254.0.1 169.254.170.2 169.254.169.253 169.254.43518 169.16689662
    100.100.100.200 192.0.0.192 168.63.129.16 [fe80::1] [fe80::a9fe:a9fe] [fd00:ec2::254]
    [fe80::1%25eth0] [fe80::1%eth0] [febf::1]
"""
_RESERVED = """
    192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255 [100::1] [2001:db8::1] [2001:10::1] [2001:20::1]
    [3fff::1] [5f00::1] [4000::1] [ff02::1] [ff05::2] [ff0e::1] [8000::1]
"""
_NUMBERS = """
    2130706433 3232235521 167772161 2852039166 4294967295 0x7f000001 0x7F000001 0xA9FEA9FE
    0xa9.0xfe.0xa9.0xfe 0x7f.0x0.0x0.0x1 0x7f.1 0x7f.0.0.1 127.0x0.0.1 0177.0.0.1 0177.1 00177.0.0.1
    017700000001 0251.0376.0251.0376 127.0.0.01 127.0.00.1 012.0.0.1 10.0.0.010 127.000.000.001
    0300.0250.0.1 0xac100001 020000000001 0x7f000001. 2130706433.
"""
_TRANSLATED = """
    [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe]
    [::ffff:8.8.8.8] [0:0:0:0:0:ffff:127.0.0.1] [::127.0.0.1] [::7f00:1] [::10.0.0.1]
    [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe]
    [64:ff9b::10.0.0.1] [64:ff9b::192.168.0.1] [64:ff9b:1::1] [64:ff9b:1::7f00:1] [2002:7f00:1::]
    [2002:7f00:1::1] [2002:a00:1::1] [2002:a9fe:a9fe::] [2002:c0a8:1::] [2001::1] [2001:0:7f00:1::]
    [2001:0:4136:e378:8000:63bf:80ff:fffe]
"""
_ODD = """
    [127.0.0.1] [::1 ::1 [] [:: [::1]] [::1]a [v1.x] loc%61lhost %31%32%37.0.0.1 127.0.0.1%00
    127.0.0.1%00.example.org 127.0.0.1%2f.example.org .127.0.0.1 ..127.0.0.1 127..0.0.1 127.0.0.1..
    127.0.0.1,example.org 127.0.0.1;example.org a..b
"""
_LETTERS = (
    "127\u30020\u30020\u30021", "127\uff0e0\uff0e0\uff0e1",
    "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "\uff11\uff12\uff17.0.0.1",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3", "127.0.0.1\u200b",
    "\u06f1\u06f2\u06f7.0.0.1", "loc\u0430lhost", "\U0001d7cf27.0.0.1", "hugg\u0456ngface.co",
)  # fmt: skip
CLASSES = {
    "loopback": _LOOPBACK, "private": _PRIVATE, "link-local": _LINK_LOCAL, "reserved": _RESERVED,
    "numbers": _NUMBERS, "translated": _TRANSLATED, "odd": _ODD,
}  # fmt: skip
HOSTS = (*(host for text in CLASSES.values() for host in text.split()), *_LETTERS)

PUBLIC = "93.184.215.14"
PUBLIC_V6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
NAMES = {
    "metadata.google.internal": ["169.254.169.254"],
    "instance-data.ec2.internal": ["169.254.169.254"],
    "kubernetes.default.svc": ["10.96.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
    "127.0.0.1.nip.test": ["127.0.0.1"],
    "localtest.test": ["127.0.0.1"],
    "xn--mnchen-3ya.test": ["10.0.0.1"],
    "xn--lcalhost-2fg.test": ["127.0.0.1"],
    "private.test": ["192.168.1.1"],
    "shared.test": ["100.64.0.9"],
    "azure.test": ["168.63.129.16"],
    "unspecified.test": ["0.0.0.0"],  # noqa: S104 (an address to refuse)
    "multicast.test": ["224.0.0.251"],
    "broadcast.test": ["255.255.255.255"],
    "six.test": ["::1"],
    "unspecified-six.test": ["::"],
    "unique.test": ["fd00::1"],
    "near.test": ["fe80::1%eth0"],
    "near-too.test": ["fe80::1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "mapped-private.test": ["::ffff:10.0.0.1"],
    "nat64.test": ["64:ff9b::7f00:1"],
    "six-to-four.test": ["2002:7f00:1::1"],
    "teredo.test": ["2001:0:4136:e378:8000:63bf:80ff:fffe"],
    "public-then-private.test": [PUBLIC, "127.0.0.1"],
    "private-then-public.test": ["10.0.0.1", PUBLIC],
    "public-and-six.test": [PUBLIC, "::1"],
    "six-and-near.test": [PUBLIC_V6, "fe80::2"],
    "nothing.test": [],
}
URLS = (
    "http://hub.test/a.gguf", "http://127.0.0.1/a.gguf", "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd", "file://localhost/etc/passwd", "FILE:///etc/passwd", "ftp://hub.test/a",
    "gopher://127.0.0.1:6379/_INFO", "dict://127.0.0.1:11211/stats", "ldap://127.0.0.1/",
    "data:text/plain,GGUF", "javascript:0", "jar:https://hub.test/a!/b", "unix:///run/docker.sock",
    "ws://hub.test/a", "s3://bucket/a", "sftp://hub.test/a", "tftp://127.0.0.1/a", "about:blank",
    "https://huggingface.co@127.0.0.1/a.gguf", "https://user:hush@huggingface.co/a.gguf",
    "https://:hush@huggingface.co/a.gguf", "https://@127.0.0.1/a.gguf", "https://127.0.0.1#@hub.test/",
    "https://127.0.0.1?@hub.test/", "https://huggingface.co\\@127.0.0.1/a.gguf",
    "https://127.0.0.1\\@huggingface.co/a.gguf", "https://huggingface.co%40127.0.0.1/a.gguf",
    "https://127.0.0.1:443@huggingface.co/a.gguf", "https:///127.0.0.1/a.gguf",
    "https:127.0.0.1/a.gguf", "https:/127.0.0.1/a.gguf", "https://127.0.0.1:0/a.gguf",
    "https://hub.test:0/a.gguf", "https://hub.test:65536/a.gguf", "https://hub.test:-1/a.gguf",
    "https://hub.test:https/a.gguf", "https://hub.test:4 43/a.gguf", "https://hub.test:443:80/a",
    "https://[::1]:443:80/a", "https://", "https:///", "https://:443/a", "https://?a",
)  # fmt: skip
PORTS = tuple(
    f"https://public.test:{port}/a.gguf" for port in (1, 22, 25, 53, 80, 2375, 6379, 10250)
)


def urls() -> list[str]:
    """Return every address that may not be asked, whoever asks."""
    literal = [f"https://{host}/a.gguf" for host in HOSTS]
    return [*literal, *(f"https://{name}/a.gguf" for name in NAMES), *URLS]


def lookup(host: str) -> list[str]:
    """Return what a name means here, and for a number what the system would make of it.

    Raises:
        OSError: it is no name of these.
    """
    if host in NAMES:
        return NAMES[host]
    if host in ("public.test", "hub.test"):
        return [PUBLIC]
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError:
        socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
        return [host]
