"""Pages of the account: sign-in, sign-out, own password, own sessions, language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from archive import accounts
from archive.access.actions import Action
from archive.errors import InvalidError
from portal import context, i18n
from portal.auth import service
from portal.auth.agents import describe_agent
from portal.auth.sessions import current_session, find_store, session_id
from portal.edge import needs
from portal.errors import SignInNeededError, TooManyAttemptsError, describe
from portal.words import role_name

blueprint = Blueprint("account", __name__)
YEAR_SECONDS = 31_536_000


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """The sign-in page; after it, the page that was asked for."""
    target = own_path(request.values.get("next", ""))
    if request.method == "GET":
        return redirect(target) if context.find_person() else render_template("auth/sign_in.html", target=target)
    name, wait, headers, status = request.form.get("name", "").strip(), 0, {}, 401
    try:
        person = service.sign_in(name, request.form.get("password", ""), request.remote_addr or "")
    except TooManyAttemptsError as err:
        person, wait = None, err.seconds
        headers, status = describe(err).headers, err.status
    if person is None:
        return render_template("auth/sign_in.html", target=target, name=name, wait=wait, failed=True), status, headers
    answer = make_response(redirect(target))
    if person.language:
        _remember(answer, person.language)
    return answer


@blueprint.post("/sign-out")
@needs(Action.ACCOUNT_USE)
def sign_out() -> ResponseReturnValue:
    """Ends the session."""
    service.sign_out(context.get_actor())
    return redirect(url_for("account.sign_in"))


@blueprint.get("/account")
@needs(Action.ACCOUNT_USE)
def show() -> ResponseReturnValue:
    """Own account."""
    return _render_account({})


@blueprint.post("/account/password")
@needs(Action.ACCOUNT_USE)
def change_password() -> ResponseReturnValue:
    """A new password."""
    current, new, repeated = (request.form.get(name, "") for name in ("current", "new", "repeated"))
    try:
        service.change_password(_person(), current, new, repeated, address=request.remote_addr or "")
    except InvalidError as err:
        return _render_account(err.details), err.status
    except TooManyAttemptsError as err:
        return _render_account({}, wait=err.seconds), err.status, describe(err).headers
    flash(_("Your password has been changed. All other sessions were signed out."), "ok")
    return redirect(url_for("account.show"))


@blueprint.post("/account/sessions/end")
@needs(Action.ACCOUNT_USE)
def end_sessions() -> ResponseReturnValue:
    """Ends one other session, or all others."""
    if chosen := request.form.get("session"):
        service.end_session(_person(), chosen)
        flash(_("That session was signed out."), "ok")
    else:
        service.end_other_sessions(_person())
        flash(_("All other sessions were signed out."), "ok")
    return redirect(url_for("account.show"))


@blueprint.post("/language")
def language() -> ResponseReturnValue:
    """Switches the language, and remembers it with the account of whoever is signed in."""
    chosen = request.form.get("language", "")
    answer = make_response(redirect(own_path(request.form.get("next", ""))))
    if chosen in i18n.LANGUAGES:
        _remember(answer, chosen)
        if person := context.find_person():
            service.choose_language(person, chosen)
    return answer


def own_path(target: str) -> str:
    """The target when it is a path of this portal, else the start page: no sign-in leads elsewhere."""
    parts = urlsplit(target)
    plain = target.isprintable() and "\\" not in target
    is_own = plain and target.startswith("/") and not target.startswith("//") and not parts.scheme and not parts.netloc
    return target if is_own else url_for("search.start")


def _remember(answer: Response, chosen: str) -> None:
    is_secure = bool(context.get_archive().config.secure_cookies)
    answer.set_cookie(i18n.COOKIE, chosen, max_age=YEAR_SECONDS, httponly=True, samesite="Lax", secure=is_secure)


def _person() -> context.Person:
    person = context.find_person()
    if person is None:
        raise SignInNeededError
    return person


def _render_account(mistakes: dict[str, str], wait: int = 0) -> str:
    person = _person()
    rows = find_store(current_app).list_rows(person.actor.id)
    return render_template(
        "auth/account.html",
        mistakes=mistakes,
        wait=wait,
        shortest=accounts.MIN_PASSWORD_LENGTH,
        roles=[role_name(role) for role in sorted(person.actor.roles)],
        departments=service.list_own_departments(person),
        own=session_id(current_session()),
        rows=[(row, describe_agent(row.agent)) for row in rows],
    )
