"""A machine of the cluster scores at the operating points that go along with the job."""

from dataclasses import replace

import pytest
from site_films import profile_for

from cxr.cluster.job import Job, MachineError
from cxr.film import Population
from cxr.model.bundle import load_bundle
from cxr.model.site_profile import with_profile


def test_a_job_brings_its_site_profile_to_every_machine(job: Job) -> None:
    bundle = load_bundle(job.bundle)
    profile = profile_for(bundle)
    version = with_profile(bundle, profile).version

    screener = replace(job, profile=profile, version=version).screener()

    assert screener.version == version
    assert screener.card.populations[Population.CHILD] == profile.populations[Population.CHILD].fitted


def test_a_profile_of_another_version_is_explained_and_not_used(job: Job) -> None:
    other = profile_for(load_bundle(job.bundle)).model_copy(update={"bundle": "other-1"})

    with pytest.raises(MachineError, match="other-1"):
        replace(job, profile=other).screener()
