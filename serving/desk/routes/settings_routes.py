"""Where is the desk itself explained and changed? Settings, the team, how it works.

Lives here: addresses that concern no lead. Does not live here: the pages (``serving.desk.pages``), accounts
(``serving.accounts``).
"""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.accounts.roles import MANAGERS
from serving.accounts.sessions import SignedInUser
from serving.desk.message_templates import TEMPLATES, find_template_fault
from serving.desk.pages.page_models import (
    render_how_it_works,
    render_settings,
)
from serving.desk.pages.team_page import parse_absence, parse_absence_start, render_team
from serving.desk.routes.desk_resource import DeskResource
from serving.desk.routes.form_fields import describe_fault
from serving.desk.routes.page_sessions import read_form, redirect
from serving.desk.sentence_trial import MAX_SENTENCE, read_sentence
from serving.errors import RequestError
from serving.http.responses import page_reply

__all__ = ["SettingsRoutes"]


class SettingsRoutes(DeskResource):
    """Addresses of the settings, the team, and the page that explains."""

    def routes(self) -> list[Route]:
        """Return the addresses."""
        get, post = ["GET"], ["POST"]
        return [
            Route("/team", self._wrap(self.show_team), methods=get),
            Route("/team", self._wrap(self.change_absence, *MANAGERS), methods=post),
            Route("/settings", self._wrap(self.show_settings), methods=get),
            Route("/settings", self._wrap(self.change_settings, *MANAGERS), methods=post),
            Route("/how", self._wrap(self.show_how_it_works), methods=get),
            Route("/how", self._wrap(self.try_sentence), methods=post),
        ]

    async def show_how_it_works(self, request: Request, user: SignedInUser) -> Response:
        """Show how this works."""
        return page_reply(
            await self._run_in_thread(
                lambda: render_how_it_works(self._available_desk.engine, user, self._available_desk.share)
            )
        )

    async def try_sentence(self, request: Request, user: SignedInUser) -> Response:
        """Show how this works, with the reading of a sentence that was typed. It is sent in the body and not kept."""
        desk, sentence = self._available_desk, (await read_form(request)).get("sentence", "").strip()[:MAX_SENTENCE]

        def page() -> str:
            today = datetime.now(desk.engine.bundle.practice.zone).date()
            reading = read_sentence(desk.engine, sentence, today) if sentence else None
            return render_how_it_works(desk.engine, user, desk.share, sentence, reading)

        return page_reply(await self._run_in_thread(page))

    async def show_team(self, request: Request, user: SignedInUser) -> Response:
        """Show who is here, who is away and who gets new leads."""
        desk = self._available_desk
        can_change = user.role in MANAGERS
        return page_reply(
            await self._run_in_thread(lambda: render_team(desk.take_snapshot(), desk.read_team(), user, can_change))
        )

    async def change_absence(self, request: Request, user: SignedInUser) -> Response:
        """Save when somebody is away, or cancel that."""
        desk, typed = self._available_desk, await read_form(request)

        def save() -> None:
            if typed.get("cancel"):
                desk.cancel_absence(typed.get("person", ""), parse_absence_start(typed["cancel"]), user.person_id)
                return
            now, practice = desk.read_clock().now, desk.engine.bundle.practice
            desk.save_absence(parse_absence(typed, practice, now, user.person_id))

        try:
            await self._run_in_thread(save)
        except RequestError as fault:
            sentence = describe_fault(fault).replace("\n", " ")
            raise RequestError(fault.status, fault.code, sentence, fault.fields) from None
        return redirect("/team")

    async def show_settings(self, request: Request, user: SignedInUser) -> Response:
        """Show what can be changed."""
        desk, done = self._available_desk, request.query_params.get("done") == "1"
        return page_reply(
            await self._run_in_thread(
                lambda: render_settings(desk.engine, user, desk.list_templates(), desk.list_views(user.person_id), done)
            )
        )

    async def change_settings(self, request: Request, user: SignedInUser) -> Response:
        """Change how a call begins, or what a message says."""
        typed = await read_form(request)
        changed = {name: typed[name].strip() for name in TEMPLATES if name in typed}
        faults = [fault for name, text in changed.items() if (fault := find_template_fault(name, text))]
        if faults or not changed:
            raise RequestError(422, "invalid_script", faults[0] if faults else "Nothing was typed.")

        def save() -> None:
            for name, text in changed.items():
                self._available_desk.save_template(name, text, user.person_id)

        await self._run_in_thread(save)
        return redirect("/settings?done=1")
