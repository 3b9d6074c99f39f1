"""The test client: signs in as anybody without a password, and sends the CSRF token as a page of ours would."""

from http.cookies import SimpleCookie
from typing import Any

from flask import Flask, has_app_context, session
from flask.testing import FlaskClient

SAFE = {"GET", "HEAD", "OPTIONS"}


class Client(FlaskClient):
    """Flask's test client with a session of ours. Set `csrf` to False to come without the token, as an attacker does."""

    csrf = True
    _token: tuple[str | None, str] | None = None

    def open(self, *args: Any, **kw: Any) -> Any:
        if has_app_context() and not self.preserve_context:
            raise RuntimeError("leave app.app_context() before the request, else it shares its session and its g with your test")
        if self.csrf and str(kw.get("method", "GET")).upper() not in SAFE:
            self.environ_base["HTTP_X_CSRFTOKEN"] = self._csrf_token()
        return super().open(*args, **kw)

    def sign_in(self, login: str) -> "Client":
        """Go on as this user, as if he had just signed in. Raises LookupError when there is none, or he is disabled."""
        from core.access.actors import person_of
        from core.identity.services import find_user
        from core.setup.signin import enter

        with self.application.test_request_context():
            user = find_user(login)
            if user is None or person_of(user.id) is None:
                raise LookupError(f"there is no user {login!r} who may sign in")
            enter(user.id)
            self._keep_session()
        self._token = None
        return self

    @property
    def session_cookie(self) -> tuple[str, str] | None:
        """Name and value of the session's cookie, for a browser that shall be the same person."""
        cookie = self.get_cookie("session")
        return (cookie.key, cookie.value) if cookie else None

    def _csrf_token(self) -> str:
        from flask_wtf.csrf import generate_csrf

        cookie = self.session_cookie
        if self._token is None or self._token[0] != (cookie and cookie[1]):
            headers = {"Cookie": "=".join(cookie)} if cookie else {}
            with self.application.test_request_context(headers=headers):
                token = generate_csrf()
                self._keep_session()
            cookie = self.session_cookie
            self._token = (cookie and cookie[1], token)
        return self._token[1]

    def _keep_session(self) -> None:
        app: Flask = self.application
        response = app.response_class()
        app.session_interface.save_session(app, session._get_current_object(), response)  # type: ignore[attr-defined]
        for header in response.headers.getlist("Set-Cookie"):
            for name, cookie in SimpleCookie(header).items():
                self.set_cookie(name, cookie.value)
