"""The day's calls, and what is refused for its size: how Salesforce says that it is enough."""

from __future__ import annotations

from collections import deque
from typing import Any

from sandbox.clock import Clock
from sandbox.salesforce.errors import Json, over_limit
from sandbox.web import Request, Response

DAY = 86_400
URI_BYTES = 16_384
_SLICE = 60
_HTML = (
    "<html><head><title>Error</title></head><body><h2>HTTP ERROR {status}</h2><p>{reason}</p></body></html>"
)

# What /limits tells of besides the calls: name, and how much there is.
_OTHERS: dict[str, int] = {
    "ActiveScratchOrgs": 3, "AnalyticsExternalDataSizeMB": 40_960,
    "CdpAiInferenceApiMonthlyLimit": 500_000_000,
    "BOZosCalloutHourlyLimit": 20_000, "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentEinsteinDataInsightsStoryCreation": 5, "ConcurrentEinsteinDiscoveryStoryCreation": 2,
    "ConcurrentSyncReportRuns": 20, "ContentPublication": 0, "CreateCustom": 1_000,
    "DailyAnalyticsDataflowJobExecutions": 60, "DailyAnalyticsUploadedFilesSizeMB": 51_200,
    "DailyAsyncApexExecutions": 250_000, "DailyAsyncApexTests": 500, "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryFileStorageMB": 976_562, "DailyBulkV2QueryJobs": 10_000,
    "DailyDeliveredPlatformEvents": 10_000, "DailyDurableGenericStreamingApiEvents": 10_000,
    "DailyDurableStreamingApiEvents": 10_000, "DailyEinsteinDataInsightsStoryCreation": 1_000,
    "DailyEinsteinDiscoveryOptimizationJobRuns": 0, "DailyEinsteinDiscoveryPredictAPICalls": 50_000,
    "DailyEinsteinDiscoveryPredictionsByCDC": 500_000, "DailyEinsteinDiscoveryStoryCreation": 100,
    "DailyFunctionsApiCallLimit": 235_000, "DailyGenericStreamingApiEvents": 10_000,
    "DailyScratchOrgs": 6, "DailyStandardVolumePlatformEvents": 10_000, "DailyStreamingApiEvents": 10_000,
    "DailyWorkflowEmails": 390, "DataStorageMB": 10_240, "DurableStreamingApiConcurrentClients": 20,
    "FileStorageMB": 20_480, "HourlyAsyncReportRuns": 1_200, "HourlyDashboardRefreshes": 200,
    "HourlyDashboardResults": 5_000, "HourlyDashboardStatuses": 999_999_999,
    "HourlyElevateAsyncReportRuns": 1_200, "HourlyElevateSyncReportRuns": 500,
    "HourlyLongTermIdMapping": 100_000, "HourlyManagedContentPublicRequests": 50_000,
    "HourlyODataCallout": 1_000, "HourlyPublishedPlatformEvents": 50_000,
    "HourlyPublishedStandardVolumePlatformEvents": 1_000, "HourlyShortTermIdMapping": 100_000,
    "HourlySyncReportRuns": 500, "HourlyTimeBasedWorkflow": 50, "IQPipelineRecordCount": 0,
    "MassEmail": 10, "MaxContentDocumentsLimit": 30_000_000, "MonthlyEinsteinDiscoveryStoryCreation": 500,
    "MonthlyPlatformEvents": 300_000, "MonthlyPlatformEventsUsageEntitlement": 0, "OrgsSnapshots": 0,
    "Package2VersionCreates": 6, "Package2VersionCreatesWithoutValidation": 500,
    "PlatformEventTriggersWithParallelProcessing": 10, "PrivateConnectOutboundCalloutHourlyLimitMB": 0,
    "PublishCallbackUsageInApex": 5_242_880, "SingleEmail": 15, "StreamingApiConcurrentClients": 20,
    "AsyncSearchDailyQuery": 10_000, "DailyDataCloudQueries": 0, "DailyExternalObjectOperations": 100_000,
    "HourlyExternalCallouts": 20_000, "HourlyMetadataDeployments": 1_000, "MaxRecordTypes": 200,
    "MonthlyAgentConversations": 0, "SandboxRefreshes": 1,
}  # fmt: skip


class Limits:
    """Calls of the last 24 hours against the org's budget."""

    def __init__(self, settings: dict[str, Any], clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._slices: deque[list[int]] = deque()
        self._used = 0

    def clear(self) -> None:
        """Begin a new day."""
        self._slices.clear()
        self._used = 0

    @property
    def used(self) -> int:
        """How many calls the last 24 hours saw."""
        now = int(self._clock.now()) // _SLICE
        while self._slices and self._slices[0][0] <= now - DAY // _SLICE:
            self._used -= self._slices.popleft()[1]
        return self._used

    def take(self, calls: int = 1) -> None:
        """Count calls. Raises `Refusal` when the day's are spent, or for too many at once."""
        if self._settings["too_many_at_once"]:
            raise over_limit("ConcurrentPerOrgLongTxn Limit exceeded.")
        if self.used + calls > self._settings["daily_limit"]:
            raise over_limit()
        now = int(self._clock.now()) // _SLICE
        if not self._slices or self._slices[-1][0] != now:
            self._slices.append([now, 0])
        self._slices[-1][1] += calls
        self._used += calls

    def header(self) -> tuple[str, str]:
        """Return what every answer tells of the budget."""
        shown = f"api-usage={self.used}/{self._settings['daily_limit']}"
        if app := self._settings["app_quota"]:
            shown += f"; per-app-api-usage={self.used}/{app}(appName=SupportHub)"
        return "Sforce-Limit-Info", shown

    def describe(self) -> dict[str, Json]:
        """Return the body of /limits."""
        most = self._settings["daily_limit"]
        rows = {name: {"Max": count, "Remaining": count} for name, count in _OTHERS.items()}
        rows["DailyApiRequests"] = {"Max": most, "Remaining": max(0, most - self.used)}
        return dict(sorted(rows.items()))


def oversized(request: Request) -> Response | None:
    """Return the edge's page for a request line, or a head, above 16,384 bytes."""
    if request.target_bytes > URI_BYTES:
        return Response.html(_HTML.format(status=414, reason="URI Too Long"), 414)
    head = request.target_bytes + sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    if head > URI_BYTES:
        return Response.html(_HTML.format(status=431, reason="Request Header Fields Too Large"), 431)
    return None


def at_the_edge(status: int) -> Response | None:
    """Return what the edge answers when it cannot reach the org: 420 or 503 with a page, 406 with nothing."""
    if not status:
        return None
    if status == 406:
        return Response.empty(406)
    return Response.html(
        "<html><body>We are setting things up. Please try again later.</body></html>", status
    )
