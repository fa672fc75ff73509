"""The composition root: settings, parts, routes. No logic."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute

from app.config import Settings, load_settings
from app.db.session import Database
from app.events.tail import EventTail
from app.identity.authentication import Authenticator
from app.jobs.scoring import ScoringJobs
from app.jobs.sweeps import Sweeps
from app.observability.health import check_database, health_routes
from app.observability.logs import configure_logging
from app.services.storage import free_storage
from app.starting import settle_collector, started
from app.storage.disk import DiskStore
from app.storage.factory import make_store
from app.storage.files_route import files_route
from schema.asgi import GraphQLApp, cors_options
from schema.context import Services
from schema.core.limits import OperationLimits
from schema.core.planner.extension import Planner
from schema.graphiql import graphiql_assets, graphiql_page
from schema.http.contexts import Contexts
from schema.http.planned import PlannedOperations
from schema.http.safe_headers import SafeHeaders
from schema.root import make_schema


def make_services(settings: Settings) -> Services:
    """The parts of a server, not started yet."""
    database = Database(
        settings.effective_database_url,
        pool_size=settings.database_pool_size,
        pool_timeout=settings.database_pool_timeout_seconds,
        echo=settings.sql_echo,
    )
    store = make_store(settings)
    return Services(
        settings=settings,
        database=database,
        store=store,
        tail=EventTail(database),
        authenticator=Authenticator(database, settings),
        scoring=ScoringJobs(database, store, settings),
    )


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """The parts, started as soon as what they need can be reached, and in the end stopped in the opposite order."""
    sweeps = Sweeps(
        services.settings.sweep_interval_seconds,
        {"storage": partial(free_storage, services.database, services.store, services.settings)},
    )
    steps = (
        ("database", partial(check_database, services.database)),
        ("events", services.tail.start),
        ("storage", services.store.start),
        ("scoring", services.scoring.start),
        ("sweeps", sweeps.start),
    )
    async with AsyncExitStack() as stack:
        for stop in (
            services.database.close,
            services.store.close,
            services.tail.stop,
            services.scoring.stop,
            sweeps.stop,
        ):
            stack.push_async_callback(stop)
        await stack.enter_async_context(started(steps))
        yield


def make_app(settings: Settings) -> Starlette:
    """The server as an ASGI application."""
    services = make_services(settings)
    contexts = Contexts(services)
    planner, limits = Planner(), OperationLimits(settings)
    schema = make_schema(settings, planner, limits)
    graphql = GraphQLApp(
        schema,
        settings=settings,
        make_context=contexts.of_request,
        authenticate_socket=contexts.of_socket,
        make_operation_context=contexts.of_operation,
        graphiql=graphiql_page,
        authorize_upload=contexts.authorize_upload,
        planned=PlannedOperations(schema, planner, limits),
    )
    routes: list[BaseRoute] = [
        Route("/", RedirectResponse("/graphql")),
        Route("/graphql", graphql),
        WebSocketRoute("/graphql", graphql),
        graphiql_assets(),
        *health_routes(services.database, services.store),
    ]
    if isinstance(services.store, DiskStore):
        routes.append(files_route(services.store))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(services):
            yield

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(SafeHeaders), Middleware(CORSMiddleware, **cors_options(settings))],
    )
    app.state.services = services
    return app


def create_app() -> Starlette:
    """What uvicorn calls in each of several server processes."""
    settings = load_settings()
    configure_logging(as_json=settings.is_production, sql_echo=settings.sql_echo)
    app = make_app(settings)
    settle_collector()
    return app
