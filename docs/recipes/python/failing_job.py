"""A job may fail a hundred times a minute. Its owner gets one email, and the bell counts each failure."""

from carillon_client import Client


def job_failed(carillon: Client, owner: str, job: str, run: str, error: str) -> None:
    """Notify the owner of a job that one of its runs failed. `run` is the id of the run."""
    carillon.notifications.create(
        owner,
        event_name="job.failed",
        title=f"{job} failed",
        body=error[:4_000],  # in the application alone: an email never has the body
        severity="warning",  # collected: a critical notification is sent at once
        batch_key=f"job:{job}",  # one digest for each job
        resource_id=f"{job}:{run}",  # a repeat for the same run records nothing
        target_url=f"/jobs/{job}",
    )
