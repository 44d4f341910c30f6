"""`testbed/run python -m tests.cluster.gather OUT MINUTES`: what pictures of the dashboards are drawn from.

OUT/tsdb is the data of a Prometheus that scraped the shop with its troubles for that time, and OUT/gathered.json says
when the last of it was, and what the variables of dashboards are set to.
"""

import json
import os
import sys
import time
from pathlib import Path

from .cluster import Kubectl
from .dashboard_stage import looked_at, until_told


def main() -> None:
    """Returns when OUT is complete."""
    out, minutes = Path(sys.argv[1]), int(sys.argv[2])
    out.mkdir(parents=True)
    kubeconfig = Path(os.environ["KUBECONFIG"])
    with looked_at(Kubectl(kubeconfig), kubeconfig, out) as prometheus:
        begun = prometheus.now()
        until_told(prometheus)
        time.sleep(max(0, minutes * 60 - (prometheus.now() - begun)))
        (pod,) = prometheus.query('kube_pod_info{namespace="shop",created_by_kind="ReplicaSet",pod=~"checkout.*"}')
        ended = prometheus.now()
    gathered = {"from": begun, "to": ended, "pod": pod["metric"]["pod"]}
    (out / "gathered.json").write_text(json.dumps(gathered))


if __name__ == "__main__":
    main()
