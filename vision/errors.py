"""Every error that homelens raises on purpose.

    HomelensError
    ├── PhotoError                 the uploaded bytes
    │   ├── EmptyPhoto             photo.empty          no bytes
    │   ├── UnsupportedPhoto       photo.unsupported    not JPEG, PNG, WebP, HEIC or AVIF
    │   ├── PhotoTooLarge          photo.too_large      more bytes or pixels than allowed
    │   ├── PhotoTooSmall          photo.too_small      fewer pixels than can be analysed
    │   ├── DamagedPhoto           photo.damaged        recognised, but cannot be decoded
    │   ├── VanishedPhoto          photo.vanished       listed, but not there any more
    │   ├── UnreadablePhoto        photo.unreadable     there, but its bytes cannot be had
    │   └── DeadlyPhoto            photo.deadly         looking at it ended the process twice
    ├── HomeError                  home.invalid         the declared home
    ├── RuleError                  rules.invalid        a rule file
    ├── BundleError                a model bundle
    │   ├── BundleMissing          bundle.missing
    │   ├── BundleDamaged          bundle.damaged       hash or manifest does not agree
    │   └── BundleUnsuitable       bundle.unsuitable    right file, wrong kind
    ├── RedactionError             privacy.failed       no safe copy could be made
    ├── DataError                  data.invalid         a data folder given to a command
    │   └── MarketError            market.invalid       a market file does not fit its adapter
    ├── AdapterError               adapter.invalid      an adapter file of a market
    │   └── ExpressionError        adapter.expression   an expression in it
    ├── ValuationError             valuation.error      a home cannot be valued
    │   ├── ThinHome               valuation.thin       it lacks what every value needs
    │   ├── OutsideExperience      valuation.outside    too far from any home of the training
    │   └── MarketUnknown          valuation.market     no model for the place
    ├── RegistryError              registry.invalid     the history of a bundle's versions
    ├── SettingsError              settings.invalid     a HOMELENS_ variable
    └── MissingExtra               extra.missing        an optional part is not installed

Each says what was wrong, what is accepted and what to do:

    raise PhotoTooLarge("120 megapixels", accepted="up to 80 megapixels", do="scale it down")
"""

from typing import ClassVar


class HomelensError(Exception):
    """Base of all errors. `code` is stable; the texts may change.

    Parameters: `wrong` says what was wrong, `accepted` what would be accepted, `do` the next step.
    """

    code: ClassVar[str] = "homelens.error"

    def __init__(self, wrong: str, *, accepted: str = "", do: str = "") -> None:
        self.wrong, self.accepted, self.do = wrong, accepted, do
        parts = [wrong, f"accepted: {accepted}" if accepted else "", do]
        super().__init__("; ".join(part for part in parts if part))


class PhotoError(HomelensError):
    """The uploaded bytes cannot be used."""

    code = "photo.error"


class EmptyPhoto(PhotoError):
    """There are no bytes."""

    code = "photo.empty"


class UnsupportedPhoto(PhotoError):
    """The content is none of the accepted formats, whatever the name says."""

    code = "photo.unsupported"


class PhotoTooLarge(PhotoError):
    """More bytes or pixels than allowed; raised before the pixels are decoded."""

    code = "photo.too_large"


class PhotoTooSmall(PhotoError):
    """Too few pixels, or too thin, to be analysed at all."""

    code = "photo.too_small"


class DamagedPhoto(PhotoError):
    """The format was recognised but the content is truncated or corrupt."""

    code = "photo.damaged"


class VanishedPhoto(PhotoError):
    """It was there when the photos were listed, and is not any more."""

    code = "photo.vanished"


class UnreadablePhoto(PhotoError):
    """It is there, but its bytes cannot be had: no permission, a broken disk, no regular file."""

    code = "photo.unreadable"


class DeadlyPhoto(PhotoError):
    """Each process that looked at it was ended by the system, or did not come back."""

    code = "photo.deadly"


class HomeError(HomelensError):
    """The declared home is not valid."""

    code = "home.invalid"


class RuleError(HomelensError):
    """A rule file is missing or not valid."""

    code = "rules.invalid"


class BundleError(HomelensError):
    """A model bundle cannot be used; nothing falls back to another model."""

    code = "bundle.error"


class BundleMissing(BundleError):
    """The bundle's folder, manifest or model file does not exist."""

    code = "bundle.missing"


class BundleDamaged(BundleError):
    """The manifest cannot be read, or the model's hash is not the manifest's."""

    code = "bundle.damaged"


class BundleUnsuitable(BundleError):
    """The bundle is intact but is not for this use."""

    code = "bundle.unsuitable"


class RedactionError(HomelensError):
    """People could not be hidden for certain, so there is no copy."""

    code = "privacy.failed"


class DataError(HomelensError):
    """A folder or file given to a command has not the layout that it needs."""

    code = "data.invalid"


class MarketError(DataError):
    """A market file lacks what its adapter names, or nothing of it can be used."""

    code = "market.invalid"


class AdapterError(HomelensError):
    """A description of a market file is missing or not valid."""

    code = "adapter.invalid"


class ExpressionError(AdapterError):
    """An expression of an adapter is outside the small language, or cannot be computed."""

    code = "adapter.expression"


class ValuationError(HomelensError):
    """A home cannot be valued; no value is better than a wrong one."""

    code = "valuation.error"


class ThinHome(ValuationError):
    """The home lacks fields without which nothing can be said."""

    code = "valuation.thin"


class OutsideExperience(ValuationError):
    """The home is unlike, or far from, every home that the model learned from."""

    code = "valuation.outside"


class MarketUnknown(ValuationError):
    """No model covers the place that the home names."""

    code = "valuation.market"


class RegistryError(HomelensError):
    """The history of models is damaged, or lacks what is asked for."""

    code = "registry.invalid"


class SettingsError(HomelensError):
    """A HOMELENS_ setting is not valid."""

    code = "settings.invalid"


class MissingExtra(HomelensError):
    """A command needs packages that only an extra of the distribution installs."""

    code = "extra.missing"
