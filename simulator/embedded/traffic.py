"""Which Traffic Managers there are. They run in their clients; the server only remembers where."""


class TrafficManagers:
    """Traffic Managers by port."""

    def __init__(self) -> None:
        self._hosts: dict[int, str] = {}

    def __bool__(self) -> bool:
        return bool(self._hosts)

    def has(self, port: int) -> bool:
        """Tell whether one runs there."""
        return port in self._hosts

    def find(self, port: int) -> tuple[str, int]:
        """Give host and port; an empty host if there is none."""
        return self._hosts.get(port, ""), port

    def add(self, host: str, port: int) -> bool:
        """Remember one; tells whether the port was free."""
        if port in self._hosts:
            return False
        self._hosts[port] = host
        return True

    def remove(self, port: int) -> bool:
        """Forget one; tells whether there was one."""
        return self._hosts.pop(port, None) is not None
