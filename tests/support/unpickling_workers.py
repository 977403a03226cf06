"""Who stands for other processes in a test that starts none?"""

import pickle


class UnpicklingWorkers:
    """Runs each task from its bytes, the last number first, as another process may."""

    def __init__(self):
        self.lost, self.runs = 0, 0

    def run(self, task, numbers):
        """Yield what the task returns."""
        for number in reversed(list(numbers)):
            self.runs += 1
            yield pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(task))(number)))
