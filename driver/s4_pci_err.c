// SPDX-License-Identifier: GPL-2.0-only
/* Function-level reset and link errors: the PCI core's way into the recovery. */

#include "s4_device.h"
#include "s4_drv.h"
#include "s4_reset.h"

static void s4_err_reset_prepare(struct pci_dev *pdev)
{
	s4_reset_prepare(pci_get_drvdata(pdev));
}

static void s4_err_reset_done(struct pci_dev *pdev)
{
	struct s4_device *s4 = pci_get_drvdata(pdev);

	/* The reset may be the very thing that brings a lost card back. */
	if (s4_reset_revive(s4) && !s4_reset_done(s4, false))
		drm_info(&s4->drm, "function reset: the card runs again\n");
	else
		s4_reset_give_up(s4);
}

static pci_ers_result_t s4_err_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct s4_device *s4 = pci_get_drvdata(pdev);

	if (state == pci_channel_io_perm_failure) {
		drm_err(&s4->drm, "the link is gone for good\n");
		s4_reset_give_up(s4);
		return PCI_ERS_RESULT_DISCONNECT;
	}
	s4_reset_prepare(s4);
	return state == pci_channel_io_normal ? PCI_ERS_RESULT_CAN_RECOVER :
						PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t s4_err_mmio_enabled(struct pci_dev *pdev)
{
	return PCI_ERS_RESULT_RECOVERED;
}

static pci_ers_result_t s4_err_slot_reset(struct pci_dev *pdev)
{
	pci_restore_state(pdev);
	pci_save_state(pdev);
	return s4_reset_revive(pci_get_drvdata(pdev)) ? PCI_ERS_RESULT_RECOVERED :
							PCI_ERS_RESULT_DISCONNECT;
}

/* Whatever went over the link when it failed may be damaged: the card starts anew either way. */
static void s4_err_resume(struct pci_dev *pdev)
{
	struct s4_device *s4 = pci_get_drvdata(pdev);

	if (!s4_reset_done(s4, true))
		drm_info(&s4->drm, "link error: the card runs again\n");
}

const struct pci_error_handlers s4_err_handlers = {
	.error_detected = s4_err_detected,
	.mmio_enabled = s4_err_mmio_enabled,
	.slot_reset = s4_err_slot_reset,
	.resume = s4_err_resume,
	.reset_prepare = s4_err_reset_prepare,
	.reset_done = s4_err_reset_done,
};
