"""What an operator does with the rendered configuration: puts its Secrets where it looks for them."""

import json
from pathlib import Path
from typing import Any

from .rendering import Config, rendered
from .slack_stand_in import TOKEN, Slack

MOUNTED = "/etc/alertmanager/secrets"


def deployed(config: Config, slack: Slack, folder: Path) -> dict[str, Any]:
    """alertmanager.yml's content; the Secret `slack` below the folder has the keys `webhook`, `second` and `token`."""
    written = json.dumps(rendered("config", config))
    made: dict[str, Any] = json.loads(written.replace(MOUNTED, str(folder)))
    authority = folder / "slack-ca.pem"
    slack.authority.cert_pem.write_to_path(authority)
    for receiver in made["receivers"]:
        for one in receiver.get("slack_configs", []):
            if "http_config" in one:
                one["http_config"] |= {"proxy_url": slack.address, "tls_config": {"ca_file": str(authority)}}
    secret = folder / "slack"
    secret.mkdir(exist_ok=True)
    for key, path in (("webhook", "/services/T0/B0/one"), ("second", "/services/T0/B0/two")):
        (secret / key).write_text(slack.address + path, encoding="utf-8")
    (secret / "token").write_text(TOKEN, encoding="utf-8")
    return made
