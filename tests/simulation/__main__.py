"""``python tests/simulation``, also ``python -m tests.simulation``: play scenarios, and say what does not hold."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

if __name__ == "__main__":
    from tests.simulation.run import main

    sys.exit(main(sys.argv[1:]))
