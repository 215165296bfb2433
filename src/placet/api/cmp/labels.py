"""The fixed words of the CMP's screens: what a notice does not say itself."""

from typing import Final

from placet.settings.notices import Notice
from placet.settings.purposes import PARTNERS, said_in

FIXED: Final = {
    "activeAriaLabel": "Active",
    "activeText": "Active",
    "allowAllConsentText": "Allow all",
    "alphabeticFilterAriaLabel": "Filter by letter",
    "alwaysActive": "Always active",
    "backBtnVoiceOverText": "Back",
    "bannerLinkScreenReaderAriaLabel": "More information about your privacy",
    "checkBoxDisabledAriaLabel": "Off",
    "checkBoxEnabledAriaLabel": "On",
    "clearButtonAnnouncement": "Search cleared",
    "closeBtnVoiceOverText": "Close",
    "consentText": "Consent",
    "consentPurposes": "Consent purposes",
    "copyButtonVoiceOverLabel": "Copy the identifier",
    "copyConfirmationAriaLabel": "Copied",
    "customBackAriaLabel": "Back",
    "dataDeclarationText": "Data collected",
    "dataRetentionText": "Data retention",
    "dataStdRetentionText": "Standard retention",
    "disclosureTitle": "Device storage disclosures",
    "domainUse": "Use of the domain",
    "domainsUsed": "Domains used",
    "dsidText": "Your identifier",
    "dsidTitle": "Your consent record",
    "features": "Features",
    "filterAppliedText": "Apply",
    "filterAriaLabel": "Filter",
    "filterClearText": "Clear filters",
    "filterCloseText": "Close",
    "filterSDKListAriaLabel": "Filter the list",
    "filterSDKListTitle": "Filter",
    "filterSelectedAriaLabel": "Selected",
    "filterTitleLabel": "Filter",
    "filterUnSelectedAriaLabel": "Not selected",
    "generalVendorListText": "View partners",
    "generalVendorsTitle": "Other partners",
    "googleVendorsTitle": "Google partners",
    "headingAriaLabel": "Heading",
    "iabVendorsTitle": "IAB partners",
    "illustrationsTitleText": "Illustrations",
    "inActiveText": "Inactive",
    "interactionChoiceText": "Your choice",
    "legIntClaimPolicyText": "Legitimate interest claim",
    "legitInterestText": "Legitimate interest",
    "legitimateInterestPurposesText": "Legitimate interest purposes",
    "lifespan": "Lifespan",
    "lifespanDay": "day",
    "lifespanDays": "days",
    "lifespanMonth": "month",
    "lifespanMonths": "months",
    "linkRoleLabel": "Link",
    "linkVoiceOverText": "Privacy policy",
    "listAriaLabel": "List",
    "listItemAriaLabel": "List item",
    "listViewElementsHint": "Elements in this list",
    "logoVoiceOverText": "Company logo",
    "nonCookieUsageText": "Uses other ways of access than cookies",
    "notYetConsentedText": "You have not chosen yet",
    "offSwitchButton": "Off",
    "onSwitchButton": "On",
    "openNewViewAriaLabel": "Opens a new view",
    "pageHeaderTitle": "Partners",
    "pcLinkScreenReaderAriaLabel": "More information about your privacy",
    "purposesHeader": "Purposes",
    "qrCodeAriaLabel": "QR code",
    "regionAriaLabel": "Preference centre",
    "resultsFoundText": "results found",
    "sdkListLabel": "SDKs",
    "sdkListManageServicesLabel": "Manage services",
    "sdkListText": "View SDKs",
    "sdkListTitleAriaLabel": "SDK list",
    "searchNoResultsFoundText": "Nothing found",
    "searchPlaceholderText": "Search",
    "searchResultsTotalText": "results",
    "selectedAriaLabel": "Selected",
    "specialFeatures": "Special features",
    "specialPurposes": "Special purposes",
    "storageDomain": "Domain",
    "storageIdentifierText": "Identifier",
    "storageIdentifierType": "Type",
    "storagePurposes": "Purposes",
    "subCategoryHeaderText": "Sub-categories",
    "timestampTitleText": "Date of your choice",
    "toggleHints": "Double tap to change",
    "universalHeader": "Your preferences",
    "universalOptions": "Options",
    "vendorListText": "View partners",
    "vendorsListLabel": "Partners",
    "vendorsLinkedInfo": "partners can use this purpose",
    "vendorsPolicyText": "Privacy policy",
    "vendorsTypeHeader": "Partner lists",
}
"""Name in the dialect to English; a notice's `labels` says it in other words and languages."""


class NoticeTexts:
    """A notice's words in one language. `partners` is what stands for `[VENDOR_NUMBER]` in them."""

    def __init__(self, notice: Notice, language: str, fallback: str, partners: str = "") -> None:
        self.notice, self.language, self.fallback, self.partners = notice, language, fallback, partners

    def text(self, texts: dict[str, str]) -> str:
        """A text of the settings in this language, with the number of partners where it wants it (iab.md §12, 4)."""
        return said_in(texts, self.language, self.fallback).replace(PARTNERS, self.partners)

    def label(self, name: str) -> str:
        """A fixed word: as the notice says it, else in English."""
        return self.text(self.notice.labels.get(name, {})) or FIXED[name]

    def labels(self, *names: str) -> dict[str, str]:
        """Several fixed words under their own names."""
        return {name: self.label(name) for name in names}
