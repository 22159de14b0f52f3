"""The sealed ledger: each event's place in its brand's Merkle tree, the tree, and its signed heads."""

from django.db import models

from consent.models.event import ConsentEvent
from contacts.ids import new_id
from contacts.models import Brand


class Seal(models.Model):
    """An event's place in the brand's log: 0, 1, 2 … without gaps, in the order of sealing. Never changed."""

    event = models.OneToOneField(
        ConsentEvent, primary_key=True, on_delete=models.PROTECT, related_name="seal"
    )
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.BigIntegerField(help_text="0 for the first leaf of the brand's tree")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "position"], name="seal_one_per_position")]

    def __str__(self) -> str:
        return f"leaf {self.position}"


class Unsealed(models.Model):
    """An event that waits for its seal. The database enters it with the event itself (migration 0008).

    So no event is forgotten, however long its transaction took to commit, and finding the next ones never means
    looking through those that are sealed.
    """

    pk = models.CompositePrimaryKey("brand", "recorded_at", "event")
    brand = models.ForeignKey(
        Brand, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    recorded_at = models.DateTimeField()
    event = models.ForeignKey(
        ConsentEvent, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )

    def __str__(self) -> str:
        return f"event {self.event_id}, not sealed yet"


class TreeTile(models.Model):
    """Up to 256 neighbouring hashes of one level of the tree, 32 bytes each.

    Level 0 holds leaf hashes; each hash of level n + 1 is the root over one full tile of level n.
    """

    id = models.BigAutoField(primary_key=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField(help_text="0 for the first tile of its level")
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "level", "index"], name="tile_once")]

    def __str__(self) -> str:
        return f"tile {self.level}/{self.index}"


class SigningKey(models.Model):
    """The public half of a key that signs tree heads; each one after the first is endorsed by its predecessor."""

    id = models.CharField(primary_key=True, max_length=16, help_text="First 16 hex digits of its SHA-256")
    public_key = models.CharField(max_length=64, help_text="Ed25519, 32 bytes in hex")
    introduced_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    endorsed_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    endorsement = models.CharField(max_length=128, blank=True)

    def __str__(self) -> str:
        return self.id


class TreeHead(models.Model):
    """What the brand's log was at a moment: its size and root, signed. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="tree_heads", db_index=False)
    size = models.BigIntegerField(help_text="Number of leaves")
    root = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="+")
    signature = models.CharField(max_length=128)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "size", "key"], name="tree_head_once_per_size")
        ]
        indexes = [models.Index(fields=["brand", "-size"], name="tree_head_largest_first")]

    def __str__(self) -> str:
        return f"{self.size} event{'' if self.size == 1 else 's'}"


class HeadWitness(models.Model):
    """Somebody outside who is given every tree head, so that history cannot be rewritten unnoticed."""

    class Kind(models.TextChoices):
        FILE = "file", "File"
        MAIL = "mail", "Mail"
        WEBHOOK = "webhook", "Webhook"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="head_witnesses")
    kind = models.CharField(max_length=7, choices=Kind)
    address = models.CharField(max_length=500, help_text="Folder, mail address or URL")
    every_hours = models.PositiveSmallIntegerField(default=24, help_text="At most one head in so many hours")
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "kind", "address"], name="witness_once")]
        verbose_name, verbose_name_plural = "witness", "witnesses"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}"


class HeadDelivery(models.Model):
    """A tree head on its way to a witness."""

    id = models.BigAutoField(primary_key=True)
    head = models.ForeignKey(TreeHead, on_delete=models.PROTECT, related_name="deliveries")
    witness = models.ForeignKey(HeadWitness, on_delete=models.PROTECT, related_name="deliveries")
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="When to try (again)")
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "delivery", "deliveries"
        constraints = [models.UniqueConstraint(fields=["head", "witness"], name="head_delivered_once")]
        indexes = [
            models.Index(fields=["due_at"], name="head_delivery_due", condition=models.Q(delivered_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.head} to {self.witness}"
