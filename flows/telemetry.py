"""
Traces by OpenTelemetry, where `[telemetry]` says where they go. Needs the extra `otel`.

A run is a trace: observe and apply of each side, plan, commit, and every call of an API below them. Spans
hold methods, path templates and statuses: no body, no header, no id of a ticket or a person.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hub.errors import Misconfigured
from hub.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

NAME = "support-sync-hub"
_RUN: ContextVar[Span | None] = ContextVar("run", default=None)
"""The run under way in this thread: `hub watch` has two at a time on PostgreSQL."""
_FLUSH_MS = 3_000
_NANO = 1_000_000_000
_REFUSED = 400


class Tracing:
    """`hub.spans.Spans` over an OpenTelemetry provider."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import trace  # noqa: PLC0415  only who traces loads it

        self._trace: Any = trace
        self._provider = provider
        self._tracer: Tracer = provider.get_tracer(NAME)

    def begin(self, kind: str, run: str) -> None:
        self.end("unknown", "it broke off")  # one of this thread's that nobody ended
        begun = self._tracer.start_span(f"hub {kind}", attributes={"hub.flow": kind, "hub.run": run})
        _ = _RUN.set(begun)

    def end(self, state: str, error: str = "") -> None:
        """End the run's span, and send what there is: a process may end right after its run."""
        run = _RUN.get()
        if run is None:
            return
        _ = _RUN.set(None)
        run.set_attribute("hub.state", state)
        if state in ("failed", "stopped", "unknown"):
            # the reason may quote what a system said: it stands in the run's record, not in a trace
            run.set_status(self._trace.StatusCode.ERROR, "see `hub status`" if error else None)
        run.end()
        _ = self._provider.force_flush(_FLUSH_MS)

    @contextmanager
    def span(self, name: str, side: str = "") -> Generator[None]:
        attributes = {"hub.side": side} if side else {}
        shown = f"{name} {side}".rstrip()
        # an error's text is not for traces: its kind is
        with self._tracer.start_as_current_span(
            shown,
            context=self._parent(),
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception as error:
                span.set_status(self._trace.StatusCode.ERROR, type(error).__name__)
                raise

    def answered(self, side: str, endpoint: str, status: int, took: float) -> None:
        method, _, template = endpoint.partition(" ")
        end = time.time_ns()
        span = self._tracer.start_span(
            endpoint,
            context=self._parent(),
            kind=self._trace.SpanKind.CLIENT,
            start_time=end - int(took * _NANO),
            attributes={
                "hub.side": side,
                "http.request.method": method,
                "url.template": template,
                "http.response.status_code": status,
            },
        )
        if status >= _REFUSED:
            span.set_status(self._trace.StatusCode.ERROR)
        span.end(end)

    def _parent(self) -> Any:
        """Return the step under way in this thread; else the run: each side is written to by a thread."""
        run = _RUN.get()
        if self._trace.get_current_span().get_span_context().is_valid or run is None:
            return None
        return self._trace.set_span_in_context(run)


def tracing_of(settings: Settings) -> Tracing | None:
    """Return what traces, where that is wanted. Raises `Misconfigured` where the extra is not installed."""
    own = settings.telemetry
    if own is None:
        return None
    headers = tuple((name, value.get_secret_value()) for name, value in sorted(own.headers.items()))
    return _opened(own.endpoint.rstrip("/"), headers, own.service, own.sample)


@lru_cache(maxsize=4)
def _opened(endpoint: str, headers: tuple[tuple[str, str], ...], service: str, sample: float) -> Tracing:
    """One exporter a process, however often the hub is put together."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415
    except ImportError:
        raise Misconfigured(
            "hub.toml: [telemetry] needs OpenTelemetry, which is not installed: "
            'pip install "support-sync-hub[otel]"'
        ) from None
    provider = TracerProvider(
        resource=Resource.create({"service.name": service}), sampler=ParentBased(TraceIdRatioBased(sample))
    )
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", headers=dict(headers))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider)
