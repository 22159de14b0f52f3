import datetime as dt, uuid
import pytest
from django.urls import reverse
from contacts import clock
from tests.admin_story import tell, hears, says
from tests.browser.conftest import log_in
from messaging.models import Message, Thread
from inbox.models import SavedReply, AutoAnswer
pytestmark = pytest.mark.browser

NAMES = [("Maria","Young"),("José","Nuñez"),("Ann",""),("","") ,("Wei","Chen"),("Olu","Adeyemi"),("Anna-Lena","Großmann"),("Ravi","Patel")]

def world(brand):
    story = tell(brand)
    from contacts.models import Contact
    Contact.objects.filter(id=story.point.contact_id).update(first_name="Maria", last_name="Young", postal_code="10001", region="NY", country="US", tags=["regular","filter"])
    pts=[]
    for i in range(40):
        f,l=NAMES[i%len(NAMES)]
        p=brand.person(first_name=f,last_name=l, agrees_to=("marketing",) if i%5 else (), timezone="America/Los_Angeles" if i%3 else "America/New_York")
        pts.append(p)
        if i%7==3: brand.stop(p)
    texts=["Is my kettle too hot for the Kenya?","Where is my order 4411?","gracias! ☕ me encanta","Do you ship to Canada?","stop asking me about beans lol"]
    for i,p in enumerate(pts[:9]):
        hears(brand,p,texts[i%5], at=clock.now()-dt.timedelta(minutes=3+i*17))
    for i,p in enumerate(pts):
        says(brand,p,"Hi, grind finer if your cup tastes sour. Reply with your brewer and we'll tune it. Acme, STOP to end", origin_id=story.campaign.pk)
    out=list(Message.objects.filter(direction="out",status="queued"))
    for i,m in enumerate(out):
        m.handed_off_at=clock.now()-dt.timedelta(minutes=11*i); m.status=["delivered","delivered","sent","undelivered","handed_off"][i%5]
        m.provider_code=30007 if m.status=="undelivered" else None
        m.save()
    t=story.thread
    says(brand,story.point,"We would love to hear how your first bag tasted.", origin="reply", purpose="conversational", origin_id=uuid.uuid4(), sent_by=f"user:{brand.team['agent'].pk}")
    hears(brand,story.point,"It was wonderful, thank you! A little bitter maybe?", media=[{"url":"http://x/y.jpg","content_type":"image/jpeg"}])
    SavedReply.objects.create(brand=brand.brand,title="Bitter cup",body="Bitter usually means too fine or too hot: try two clicks coarser.")
    from campaigns import launch
    return story

def test_shots(page, live_server, brand, settings):
    story=world(brand)
    log_in(page, live_server, "owner@acme")
    r=story.rows
    def u(label,pg,*a): return reverse(f"admin:{label.lower().replace('.','_')}_{pg}",args=a)
    pages={
     "home":"/admin/","inbox":reverse("inbox:threads"),"thread":reverse("inbox:thread",args=[story.thread.pk]),
     "contacts":u("contacts.Contact","changelist"),"contact":u("contacts.Contact","change",story.point.contact_id),
     "campaigns":u("campaigns.Campaign","changelist"),"campaign":u("campaigns.Campaign","change",story.campaign.pk),"preflight":u("campaigns.Campaign","preflight",story.campaign.pk),
     "campaign-add":u("campaigns.Campaign","add"),
     "journey":u("campaigns.Journey","change",r["campaigns.Journey"].pk),
     "program":u("consent.Program","change",brand.program.pk),"sender":u("messaging.Sender","change",brand.sender.pk),
     "brandpage":u("contacts.Brand","change",brand.brand.pk),
     "messages":u("messaging.Message","changelist"),"message":u("messaging.Message","change",r["messaging.Message"].pk),
     "decisions":u("messaging.Decision","changelist"),"decision":u("messaging.Decision","change",r["messaging.Decision"].pk),
     "ledger":u("consent.ConsentEvent","changelist"),"event":u("consent.ConsentEvent","change",r["consent.ConsentEvent"].pk),
     "import":u("contacts.ContactImport","change",r["contacts.ContactImport"].pk),"import-add":u("contacts.ContactImport","add"),"imports":u("contacts.ContactImport","changelist"),
     "webhooks":u("webhooks.WebhookEvent","changelist"),"team":u("contacts.TeamMember","changelist"),"team-add":u("contacts.TeamMember","add"),
     "segment":u("contacts.Segment","change",r["contacts.Segment"].pk),"saved":u("inbox.SavedReply","changelist"),"login":"/admin/logout/",
    }
    import os
    only=os.environ.get("ONLY","").split(",") if os.environ.get("ONLY") else pages
    for w in (1280,390):
        page.set_viewport_size({"width":w,"height":900})
        for name in only:
            if name=="login": continue
            page.goto(live_server.url+pages[name]); page.wait_for_load_state("networkidle") if name not in("thread",) else page.wait_for_timeout(400)
            page.screenshot(path=f"/tmp/shots/{name}-{w}.png", full_page=True)
