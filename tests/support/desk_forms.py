"""What does a browser send with a form? The token of the page that holds it, and that it came from there."""

import re

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}


def csrf(client, path="/"):
    """The token of the page's forms."""
    return re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)[1]
