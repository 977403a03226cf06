"""Routes and page models of the desk: HTML for people who are signed in."""
