"""What the parts of the emulated GitLab share: refusals in GitLab's words, roles, dates."""

import datetime

DEVELOPER, MAINTAINER = 30, 40


class Refusal(Exception):
    """An answer that is no success. The body of errors has five forms, and sometimes is no JSON."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


def shown_time(seconds):
    whole, rest = divmod(int(seconds * 1000 + 0.01), 1000)  # a float of milliseconds is a bit less, or more
    return datetime.datetime.fromtimestamp(whole, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{rest:03}Z"


def read_time(text):
    try:
        when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        raise Refusal(400, {"error": "released_at is invalid"}) from None
    if when.tzinfo is None:
        raise Refusal(400, {"error": "released_at is invalid"})
    return when.timestamp()
