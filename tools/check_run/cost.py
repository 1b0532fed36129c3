"""Counts what training costs, from the numbers of connections alone."""


class Cost:
    def __init__(self, batch: int, output_connections: int) -> None:
        self.batch, self.output = batch, output_connections
        self.found = {"steps": 0, "connection_steps": 0, "peak_connections": 0,
                      "forward": 0, "backward": 0, "scoring": 0}

    def until(self, step: int, connections: list[int]) -> None:
        """Trains up to `step` steps of the run, with so many connections in each hidden layer."""
        count = step - self.found["steps"]
        every = sum(connections) + self.output
        self._steps(count, connections, weight_gradients=every)

    def scored(self, connections: list[int], cells: int) -> None:
        """A step whose place an evolution takes, with `connections` before it."""
        self._steps(1, connections, weight_gradients=0)
        self.found["scoring"] += cells * self.batch

    def _steps(self, count: int, connections: list[int], weight_gradients: int) -> None:
        hidden, samples = sum(connections), count * self.batch
        self.found["steps"] += count
        self.found["connection_steps"] += hidden * count
        if count > 0:
            self.found["peak_connections"] = max(self.found["peak_connections"], hidden)
        self.found["forward"] += (hidden + self.output) * samples
        # Nothing wants the gradients of the network's own inputs.
        input_gradients = hidden + self.output - connections[0]
        self.found["backward"] += (weight_gradients + input_gradients) * samples
