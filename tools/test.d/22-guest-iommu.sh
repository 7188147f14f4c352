# suite: guest-iommu
# quick: no
# about: the same behind an IOMMU in strict mode
# SPDX-License-Identifier: MIT
source "$S4_TOP/tools/test.d/guest.sh"
guest_suite iommu --iommu
