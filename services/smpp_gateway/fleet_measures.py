"""The gauges of links, set every 15 s."""

from services.smpp_gateway import link_metrics, repository_links
from services.smpp_gateway.context import Context
from services.smpp_gateway.fleet import Fleet
from services.smpp_gateway.link_views import MOST_COUNTED


def measure_links(context: Context, fleet: Fleet) -> None:
    """This process's binds, and of every link how much waits and for how long."""
    for key, runner in fleet.runners.items():
        labels = key.link, str(key.number)
        link_metrics.link_bound.labels(*labels).set(runner.up)
        link_metrics.window_fill.labels(*labels).set(runner.in_flight / max(1, runner.settings.window))
        link_metrics.submits.labels(*labels).set(runner.submitted)
        link_metrics.silence.labels(*labels).set(link_metrics.silent_seconds(key, runner.in_flight))
        if runner.link is not None:
            link_metrics.connects.labels(*labels).set(runner.link.stats.connects)
            link_metrics.throttled.labels(*labels).set(runner.link.stats.throttled)
    now = context.clock.now()
    for link, health in fleet.health.items():
        with context.db.begin() as connection:
            depth = repository_links.waiting(connection, link, MOST_COUNTED)
            oldest = repository_links.first_waiting(connection, link)
        link_metrics.binds_up.labels(link).set(health.bound)
        link_metrics.queue_depth.labels(link).set(depth)
        link_metrics.queue_age.labels(link).set(max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
