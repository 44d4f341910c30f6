import pytest

from kubevigil.web.limits import Limits, connections_within


@pytest.mark.parametrize(
    ("open_files", "connections"), [(-1, 2_000), (1_048_576, 2_000), (2_128, 2_000), (1_024, 896), (100, 16)]
)
def test_connections_leave_files_for_the_rest_of_the_process(open_files: int, connections: int) -> None:
    assert connections_within(Limits(connections=2_000), open_files) == connections
