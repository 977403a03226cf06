"""Which routes are there? The Starlette application, put together from the routes of each resource.

Lives here: the list of all paths, the parts that the routes share. Does not live here: what a route answers
(``serving.api`` for programs, ``serving.desk.pages`` for people), BentoML (``service``), checks of every request
(``serving.http.middleware``)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from starlette.applications import Starlette

from serving.accounts.sessions import UserSessions
from serving.api.docs_routes import DocsRoutes
from serving.api.hook_routes import HookRoutes
from serving.api.insight_routes import INSIGHT_ADDRESSES, InsightRoutes
from serving.api.lead_routes import LeadRoutes
from serving.api.mcp_routes import McpRoutes, describe_insights
from serving.api.scoring_routes import ScoringRoutes
from serving.api.status_routes import StatusRoutes
from serving.api.thread_pools import ThreadPools
from serving.crm.inbound.delivery_journal import DeliveryJournal
from serving.crm.inbound.routes import HOOK_PATHS, HookRouter
from serving.crm.inbound.stateless_gateway import StatelessLeadGateway, UnkeptLeadGateway
from serving.crm.ports import LeadGateway
from serving.crm_settings import CrmSettings
from serving.desk.desk_service import Desk
from serving.desk.routes.desk_routes import PAGES, DeskRoutes
from serving.desk.routes.insight_routes import INSIGHT_PAGES, InsightPages
from serving.desk.routes.page_sessions import PageSessions
from serving.desk.routes.sign_in import SignInRoutes
from serving.http.rate_limits import RequestSlots
from serving.http.request_metrics import RequestMetrics
from serving.insights.insight_cache import InsightCache
from serving.leads.crm_gateway import StoreLeadGateway
from serving.leads.lead_service import LeadService
from serving.mcp.tools import ToolBox
from serving.runtime.service_metrics import ServiceMetrics
from serving.scoring.engine import Engine
from serving.scoring.model_loader import Champion
from serving.scoring.shadow_scoring import Shadow

__all__ = ["ADDRESSES", "Components", "create_application"]

ADDRESSES = (
    "/v1/score",
    "/v1/score/batch",
    "/v1/leads",
    "/v1/queue",
    "/v1/model",
    "/mcp",
    "/livez",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/swagger.json",
    "/postman.json",
    "/docs.json",
    "/docs",
    *INSIGHT_ADDRESSES,
    *PAGES,
    *INSIGHT_PAGES,
    "/sign-in",
    "/sign-out",
    "/language",
    "/password",
    *HOOK_PATHS,
)
"""Paths that are counted under their own names."""


@dataclass(frozen=True)
class Components:
    """What the routes work with.

    Parameters
    ----------
    models : Champion
    clock : callable
        Returns the current time, datetime64[us] in UTC.
    desk : Desk or None
        None without a store: then its pages say so.
    lead_service : Intake or None
        Stores and scores leads; without it, routes that store something answer 503.
    users : UserSessions or None
        Who may see the desk; without it nobody can sign in.
    shadow : Shadow or None
        Scores the same leads with a challenger; created when None.
    metrics : RequestMetrics
        What the middleware counts with.
    slots : RequestSlots
        What the middleware limits the requests in progress with.
    crm : CrmSettings
        Secrets and mappings of CRMs.
    gateway : LeadGateway or None
        Where the hooks bring leads; None stores them, or only scores them without a store.
    journal : DeliveryJournal or None
        Where large deliveries of CRMs are kept until they are worked off, by ``application.state.hooks.work_off``.
    insights : InsightCache or None
        Computes and keeps the figures for managers; None without a store.
    """

    models: Champion
    clock: Callable[[], np.datetime64]
    desk: Desk | None = None
    lead_service: LeadService | None = None
    users: UserSessions | None = None
    shadow: Shadow | None = None
    metrics: RequestMetrics = field(default_factory=lambda: RequestMetrics(ADDRESSES))
    slots: RequestSlots = field(default_factory=lambda: RequestSlots(1))
    crm: CrmSettings = field(default_factory=CrmSettings)
    gateway: LeadGateway | None = None
    journal: DeliveryJournal | None = None
    insights: InsightCache | None = None

    def get_engine(self) -> Engine:
        """Return the engine in use: with a store, the one that knows the practice's own records, so that every caller
        gets the same score.
        """
        return self.models.engine if self.lead_service is None else self.lead_service.engine

    def read_clock_lag(self) -> float:
        """Return how many seconds the clock is behind the last write, 0 without a store."""
        return 0.0 if self.lead_service is None else self.lead_service.clock_lag


def create_application(components: Components) -> Starlette:
    """Create the application with every route."""
    clock, pools = components.clock, ThreadPools()
    shadow = components.shadow or Shadow(components.models.settings)
    unkept = UnkeptLeadGateway(lambda: replace(components.get_engine(), log=None), clock)
    hooks = HookRouter(components.crm, components.gateway or _create_gateway(components), components.journal, unkept)
    collectors = (
        components.metrics,
        ServiceMetrics(components.models, shadow, components.slots, components.get_engine, components.read_clock_lag),
    )
    sessions = PageSessions(components.users)
    tools = ToolBox(
        components.desk,
        components.insights,
        describe_insights,
        components.get_engine,
        lambda: components.models.state[1],
        clock,
    )
    resources = (
        ScoringRoutes(components.get_engine, shadow, clock, pools.scores),
        LeadRoutes(components.lead_service, components.desk, pools),
        HookRoutes(hooks, clock, pools),
        StatusRoutes(
            components.models, components.slots, components.desk is not None, components.read_clock_lag, collectors
        ),
        DocsRoutes(sessions),
        DeskRoutes(components.desk, pools.pages.run, sessions, lambda: components.slots.closing),
        InsightPages(components.desk, components.insights, pools.insights.run, sessions),
        InsightRoutes(components.desk, components.insights, pools),
        McpRoutes(tools, pools, components.crm.public_url),
        SignInRoutes(sessions),
    )
    application = Starlette(routes=[route for resource in resources for route in resource.routes()])
    application.state.hooks = hooks
    return application


def _create_gateway(components: Components) -> LeadGateway:
    """Create what the hooks bring leads to: the store, or without one the engine alone."""
    if components.lead_service is not None:
        return StoreLeadGateway(components.lead_service)
    return StatelessLeadGateway(components.get_engine, components.clock)
