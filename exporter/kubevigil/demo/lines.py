"""What the story's programs print before they end. Invented; each reads like the program that it stands for. Pure.

One of them prints a connection string with a password, as programs do: a good reader of logs does not show it.
"""

import random


def out_of_memory(rng: random.Random) -> list[str]:
    """A payment service under load; the last line is what it did when the kernel killed it."""
    busy = rng.randint(180, 240)
    begin = ['{"level":"info","msg":"listening on :8080"}', '{"level":"info","msg":"connected to ledger-db"}']
    load = [
        f'{{"level":"warn","msg":"request queue is growing","in_flight":{busy * n},"heap_mib":{60 * n}}}'
        for n in range(1, 5)
    ]
    return [*begin, *load, '{"level":"warn","msg":"garbage collection took 1.9 s"}']


def no_database(rng: random.Random) -> list[str]:
    """A shop service that cannot reach its database and gives up."""
    port = rng.randint(30000, 60000)
    return [
        "INFO  checkout starting, version 2.14.0",
        "INFO  connecting to postgres://checkout:tiny-Secret-42@checkout-db.shop.svc:5432/orders",
        f"WARN  connect from :{port} to checkout-db.shop.svc:5432: connection refused (try 1 of 3)",
        f"WARN  connect from :{port + 1} to checkout-db.shop.svc:5432: connection refused (try 2 of 3)",
        f"WARN  connect from :{port + 2} to checkout-db.shop.svc:5432: connection refused (try 3 of 3)",
        "FATAL cannot reach the database, giving up",
    ]


def panic(rng: random.Random) -> list[str]:
    """A Go program's panic."""
    routine, line = rng.randint(18, 400), rng.randint(90, 130)
    return [
        "indexing segment 00042",
        "panic: runtime error: index out of range [7] with length 7",
        "",
        f"goroutine {routine} [running]:",
        "example.com/search/indexer.(*Segment).Merge(0xc0001a2000, {0xc000314000, 0x7, 0x8})",
        f"\t/src/indexer/segment.go:{line} +0x2f4",
        "main.main()",
        "\t/src/cmd/indexer/main.go:41 +0x1b5",
    ]


def report_failed(rng: random.Random) -> list[str]:
    """A nightly report in Python that finds no data."""
    day = rng.randint(10, 28)
    return [
        "report: collecting orders of yesterday",
        "Traceback (most recent call last):",
        '  File "/app/report.py", line 88, in <module>',
        "    main()",
        '  File "/app/report.py", line 61, in main',
        "    rows = load(day)",
        f"FileNotFoundError: /data/orders/2026-01-{day}.parquet",
    ]


def migration_failed(rng: random.Random) -> list[str]:
    """A schema migration that an init container runs."""
    step = rng.randint(12, 19)
    return [
        f"migrate: applying 00{step}_add_currency.sql",
        'migrate: ERROR: column "currency" of relation "entries" already exists',
        f"migrate: failed at 00{step}; the schema is marked dirty",
    ]


def nothing_to_do(rng: random.Random) -> list[str]:
    """A cache that ends of itself, with 0."""
    return [f"cache: {rng.randint(1, 9)} peers configured", "cache: no peer answers, leaving the ring", "cache: bye"]


def stuck(rng: random.Random) -> list[str]:
    """A service whose threads wait for one another, until the probe gives up on it."""
    return [
        "recommender: model loaded in 2.1 s",
        f"recommender: worker {rng.randint(1, 8)} waits for lock 'model' since 30 s",
        "recommender: GET /healthz 503",
        "recommender: GET /healthz 503",
        "recommender: GET /healthz 503",
    ]


def batch_done(rng: random.Random) -> list[str]:
    """A batch that succeeds."""
    return ["batch: start", f"batch: {rng.randint(1000, 9000)} rows written", "batch: done"]
