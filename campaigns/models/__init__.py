"""Templates, campaigns and journeys: the tables of why we speak."""

from campaigns.models.campaign import Campaign, CampaignEvent, CampaignStatus, Template
from campaigns.models.journey import Enrollment, EnrollmentStatus, Journey, Stage, StageVisit

__all__ = [
    "Campaign",
    "CampaignEvent",
    "CampaignStatus",
    "Enrollment",
    "EnrollmentStatus",
    "Journey",
    "Stage",
    "StageVisit",
    "Template",
]
