// SPDX-License-Identifier: GPL-2.0-only
/*
 * The card's side of address spaces: which of the 64 is whose, their registers, invalidation.
 * The table of them changes inside the gate only, so that a recovery, which sets all of them up
 * again, sees it at rest.
 */

#include "s4_device.h"
#include "s4_reset.h"
#include "s4_vm.h"

static void s4_space_enable(struct s4_device *s4, u32 space, dma_addr_t root)
{
	u32 base = S4_REG_SPACE(space);

	s4_write64(s4, base + S4_SPACE_ROOT_LO, base + S4_SPACE_ROOT_HI, root);
	s4_write(s4, base + S4_SPACE_CTRL, S4_SPACE_ENABLE);
}

/* Inside the gate: waits until no access under an old translation is left. */
static int s4_space_invalidate(struct s4_device *s4, u32 space)
{
	u32 base = S4_REG_SPACE(space);
	u32 number = s4_read(s4, base + S4_SPACE_INVAL_DONE) + 1;
	int ret;

	s4_write(s4, base + S4_SPACE_INVAL_REQUEST, number);
	ret = s4_hw_wait(s4, base + S4_SPACE_INVAL_DONE, number, S4_ANSWER_MS);
	if (ret == -ETIMEDOUT) {
		s4_reset_request(s4, "an invalidation does not end");
		ret = -EAGAIN;
	}
	return ret;
}

/**
 * s4_space_attach() - get one of the card's spaces and make it show a VM's tables
 * @vm: VM
 *
 * Return: 0; -ENOSPC; -ENODEV.
 */
int s4_space_attach(struct s4_vm *vm)
{
	struct s4_device *s4 = vm->s4;
	int ret;
	u32 i;

	ret = s4_hw_enter(s4);
	if (ret)
		return ret;
	ret = -ENOSPC;
	spin_lock(&s4->spaces_lock);
	for (i = 0; i < s4->info.num_spaces; i++) {
		if (s4->spaces[i])
			continue;
		s4->spaces[i] = vm;
		vm->space = i;
		s4_space_enable(s4, i, vm->mmu.root->dma);
		ret = 0;
		break;
	}
	spin_unlock(&s4->spaces_lock);
	s4_hw_exit(s4);
	return ret;
}

/**
 * s4_space_detach() - have the card forget a VM
 * @vm: VM that has no queues left
 *
 * Returns when the card will not reach its memory any more.
 */
void s4_space_detach(struct s4_vm *vm)
{
	struct s4_device *s4 = vm->s4;
	int ret, cookie;

	do {
		if (!drm_dev_enter(&s4->drm, &cookie))
			break;
		ret = s4_hw_enter(s4);
		if (!ret) {
			s4_write(s4, S4_REG_SPACE(vm->space) + S4_SPACE_CTRL, 0);
			ret = s4_space_invalidate(s4, vm->space);
			if (!ret) {
				spin_lock(&s4->spaces_lock);
				s4->spaces[vm->space] = NULL;
				spin_unlock(&s4->spaces_lock);
			}
			s4_hw_exit(s4);
		}
		drm_dev_exit(cookie);
	} while (ret == -EAGAIN);

	/* A card that was lost is not reset again with the old spaces; the entry may go freely. */
	spin_lock(&s4->spaces_lock);
	if (s4->spaces[vm->space] == vm)
		s4->spaces[vm->space] = NULL;
	spin_unlock(&s4->spaces_lock);
}

/**
 * s4_space_flush() - have the card use a VM's tables as they are now
 * @vm: VM; its lock is held, and the card reachable (drm_dev_enter())
 *
 * Return: 0, also when a recovery did it; -ENODEV when the card is lost and uses nothing.
 */
int s4_space_flush(struct s4_vm *vm)
{
	struct s4_device *s4 = vm->s4;
	int ret;

	lockdep_assert_held(&vm->lock);
	if (!vm->mmu.stale)
		return 0;
	do {
		ret = s4_hw_enter(s4);
		if (ret)
			return ret;
		ret = s4_space_invalidate(s4, vm->space);
		s4_hw_exit(s4);
	} while (ret == -EAGAIN);
	return ret;
}

/**
 * s4_space_restore_all() - set all spaces up again, after a reset
 * @s4: device that is down
 */
void s4_space_restore_all(struct s4_device *s4)
{
	u32 i;

	spin_lock(&s4->spaces_lock);
	for (i = 0; i < s4->info.num_spaces; i++)
		if (s4->spaces[i] && !s4_vm_lost(s4->spaces[i]))
			s4_space_enable(s4, i, s4->spaces[i]->mmu.root->dma);
	spin_unlock(&s4->spaces_lock);
}

/**
 * s4_space_lose_all() - mark all VMs: they were made before the card was lost
 * @s4: device
 */
void s4_space_lose_all(struct s4_device *s4)
{
	u32 i;

	spin_lock(&s4->spaces_lock);
	for (i = 0; i < s4->info.num_spaces; i++) {
		struct s4_vm *vm = s4->spaces[i];

		if (!vm)
			continue;
		spin_lock_irq(&vm->state_lock);
		vm->flags |= DRM_S4_VM_LOST;
		spin_unlock_irq(&vm->state_lock);
	}
	spin_unlock(&s4->spaces_lock);
}

/**
 * s4_space_note_fault() - log and clear the fault that the card holds
 * @s4: device
 *
 * Whose job it was learns it from the job's result; this is for whoever reads the log.
 */
void s4_space_note_fault(struct s4_device *s4)
{
	u32 info = s4_read(s4, S4_REG_FAULT_INFO);
	u64 va;

	if (!(info & S4_FAULT_VALID))
		return;
	va = (u64)s4_read(s4, S4_REG_FAULT_VA_HI) << 32 | s4_read(s4, S4_REG_FAULT_VA_LO);
	dev_dbg_ratelimited(&s4->pdev->dev,
			    "fault: space %u queue %u unit %u access %u status %u at %#llx\n",
			    S4_FAULT_SPACE(info), S4_FAULT_QUEUE(info), S4_FAULT_UNIT(info),
			    S4_FAULT_ACCESS(info), S4_FAULT_CODE(info), va);
	s4_write(s4, S4_REG_FAULT_INFO, info);
}
