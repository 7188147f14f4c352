// SPDX-License-Identifier: GPL-2.0-only
/* Function-level reset and link errors: the PCI core's way into the recovery. */

#include <linux/slab.h>

#include "s4_device.h"
#include "s4_drv.h"
#include "s4_reset.h"

/*
 * After a reset the core restores what it had saved just before. If the card did not answer then,
 * that was all ones; but the configuration of when the driver was bound is good for ever.
 */
static void s4_err_restore(struct s4_device *s4)
{
	if (s4_read(s4, S4_REG_MAGIC) == S4_MAGIC || !s4->config)
		return;
	if (!pci_load_saved_state(s4->pdev, s4->config)) {
		pci_restore_state(s4->pdev);
		pci_save_state(s4->pdev);
	}
}

static void s4_err_reset_prepare(struct pci_dev *pdev)
{
	s4_reset_prepare(pci_get_drvdata(pdev));
}

static void s4_err_reset_done(struct pci_dev *pdev)
{
	struct s4_device *s4 = pci_get_drvdata(pdev);

	s4_err_restore(s4);
	/* The reset may be the very thing that brings a lost card back. */
	if (s4_reset_revive(s4) && !s4_reset_done(s4, false))
		drm_info(&s4->drm, "function reset: the card runs again\n");
	else
		s4_reset_give_up(s4);
}

static pci_ers_result_t s4_err_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct s4_device *s4 = pci_get_drvdata(pdev);

	switch (state) {
	case pci_channel_io_normal:
		/* The card contained it, such as a memory error: the job that met it was told. */
		return PCI_ERS_RESULT_CAN_RECOVER;
	case pci_channel_io_frozen:
		s4_reset_prepare(s4);
		return PCI_ERS_RESULT_NEED_RESET;
	default:
		drm_err(&s4->drm, "the link is gone for good\n");
		s4_reset_give_up(s4);
		return PCI_ERS_RESULT_DISCONNECT;
	}
}

static pci_ers_result_t s4_err_mmio_enabled(struct pci_dev *pdev)
{
	struct s4_device *s4 = pci_get_drvdata(pdev);

	return s4_read(s4, S4_REG_MAGIC) == S4_MAGIC ? PCI_ERS_RESULT_RECOVERED :
						       PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t s4_err_slot_reset(struct pci_dev *pdev)
{
	struct s4_device *s4 = pci_get_drvdata(pdev);

	s4_err_restore(s4);
	s4_reset_prepare(s4);
	return s4_reset_revive(s4) ? PCI_ERS_RESULT_RECOVERED : PCI_ERS_RESULT_DISCONNECT;
}

static void s4_err_resume(struct pci_dev *pdev)
{
	struct s4_device *s4 = pci_get_drvdata(pdev);

	/* Whatever went over the link when it failed may be damaged: the card starts anew. */
	if (READ_ONCE(s4->gate.state) == S4_HW_DOWN && !s4_reset_done(s4, true))
		drm_info(&s4->drm, "link error: the card runs again\n");
}

/**
 * s4_err_init() - prepare for link errors
 * @s4: device, set up as it shall be after a link reset
 */
void s4_err_init(struct s4_device *s4)
{
	int aer = pci_find_ext_capability(s4->pdev, PCI_EXT_CAP_ID_ERR);
	u32 severity;

	/* An internal error is contained by the card: no reason to reset the link. */
	if (aer) {
		pci_read_config_dword(s4->pdev, aer + PCI_ERR_UNCOR_SEVER, &severity);
		pci_write_config_dword(s4->pdev, aer + PCI_ERR_UNCOR_SEVER,
				       severity & ~PCI_ERR_UNC_INTN);
	}
	pci_save_state(s4->pdev);
	s4->config = pci_store_saved_state(s4->pdev);
}

/**
 * s4_err_fini() - undo s4_err_init()
 * @s4: device
 */
void s4_err_fini(struct s4_device *s4)
{
	kfree(s4->config);
	s4->config = NULL;
}

const struct pci_error_handlers s4_err_handlers = {
	.error_detected = s4_err_detected,
	.mmio_enabled = s4_err_mmio_enabled,
	.slot_reset = s4_err_slot_reset,
	.resume = s4_err_resume,
	.reset_prepare = s4_err_reset_prepare,
	.reset_done = s4_err_reset_done,
};
