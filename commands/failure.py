"""What an operator reads when a command does not succeed."""


class Failure(Exception):
    """What the operator has to know, told as it is."""


def told(error: Exception) -> list[str]:
    """The lines an operator reads instead of a trace."""
    from pydantic import ValidationError

    from ingest.problem import Rejected
    from policies.errors import CersError

    if isinstance(error, Rejected):
        return [str(problem) for problem in error.problems]
    if isinstance(error, ValidationError):
        return [f"settings: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    if isinstance(error, Failure | CersError):
        return str(error).splitlines()
    return [f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}"]
