"""Error answers of SNS whose message says more than their code."""


def refine(code: str, message: str) -> str:
    """Return the code to look up in the table of `channels/errors.py`.

    SNS answers InvalidParameter for a deleted endpoint. Only its message tells that from an invalid request.
    """
    deleted = code == "invalid_parameter" and "no endpoint found" in message.lower()
    return "endpoint_not_found" if deleted or code == "not_found" else code
