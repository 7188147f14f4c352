// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts: vector 0 says that the card wants something, the others that jobs have ended. */

#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/smp.h>

#include "s4_device.h"
#include "s4_irq.h"
#include "s4_queue.h"
#include "s4_reset.h"
#include "s4_sched.h"
#include "s4_vm.h"

#define S4_IRQ_ALL (S4_IRQ_MAILBOX | S4_IRQ_BOOT | S4_IRQ_INVALIDATED | S4_IRQ_FAULT | \
		    S4_IRQ_CRASH | S4_IRQ_ECC | S4_IRQ_THERMAL | S4_IRQ_RESET_DONE | \
		    S4_IRQ_DISCARDED)

static irqreturn_t s4_irq_control(int irq, void *data)
{
	struct s4_device *s4 = data;
	u32 status = s4_read(s4, S4_REG_IRQ_STATUS);

	/* All ones: it was pulled; whoever waits for it finds out. */
	if (!status || status == U32_MAX)
		return IRQ_NONE;
	s4_write(s4, S4_REG_IRQ_STATUS, status);
	if (status & S4_IRQ_FAULT)
		s4_space_note_fault(s4);
	if (status & S4_IRQ_CRASH)
		s4_reset_request(s4, "the firmware crashed");
	if (status & S4_IRQ_ECC)
		dev_err_ratelimited(&s4->pdev->dev, "uncorrectable memory error\n");
	if (status & S4_IRQ_THERMAL)
		dev_warn_ratelimited(&s4->pdev->dev, "throttling because of heat began or ended\n");
	wake_up_all(&s4->gate.changed);
	return IRQ_HANDLED;
}

static irqreturn_t s4_irq_queue(int irq, void *data)
{
	struct s4_slot *first = data;
	struct s4_device *s4 = first->s4;
	u32 i;

	/* Slots that share a vector are as far apart as there are vectors. */
	for (i = first->index; i < s4->info.num_queues; i += s4->num_queue_vectors)
		if (READ_ONCE(s4->slots[i].queue))
			s4_slot_process(&s4->slots[i]);
	return IRQ_HANDLED;
}

/**
 * s4_irq_enable() - let the card raise its control interrupt; a reset undoes it
 * @s4: device
 */
void s4_irq_enable(struct s4_device *s4)
{
	s4_write(s4, S4_REG_IRQ_STATUS, U32_MAX);
	s4_write(s4, S4_REG_IRQ_ENABLE, S4_IRQ_ALL);
}

/**
 * s4_irq_is_near() - does a vector interrupt the CPU that asks
 * @s4: device
 * @vector: one of its vectors
 *
 * Return: true if it does so now; who asks may run elsewhere in a moment.
 */
bool s4_irq_is_near(struct s4_device *s4, u32 vector)
{
	const struct cpumask *cpus;

	cpus = irq_get_effective_affinity_mask(pci_irq_vector(s4->pdev, vector));
	return cpus && cpumask_test_cpu(raw_smp_processor_id(), cpus);
}

static void s4_irq_free_vectors(void *data)
{
	pci_free_irq_vectors(data);
}

static int s4_irq_request(struct s4_device *s4, u32 vector)
{
	struct device *dev = &s4->pdev->dev;
	int irq = pci_irq_vector(s4->pdev, vector);
	const char *name;

	if (irq < 0)
		return irq;
	if (vector == S4_VECTOR_CONTROL)
		return devm_request_irq(dev, irq, s4_irq_control, 0, "s4-control", s4);
	name = devm_kasprintf(dev, GFP_KERNEL, "s4-queue%u", vector - S4_VECTOR_QUEUE_FIRST);
	if (!name)
		return -ENOMEM;
	return devm_request_irq(dev, irq, s4_irq_queue, 0, name,
				&s4->slots[vector - S4_VECTOR_QUEUE_FIRST]);
}

/**
 * s4_irq_init() - get the vectors, and give each slot one
 * @s4: device, whose slots are set up
 *
 * Return: 0 or an error, which has been logged.
 */
int s4_irq_init(struct s4_device *s4)
{
	struct device *dev = &s4->pdev->dev;
	u32 i, most = min_t(u32, S4_NUM_VECTORS, s4_read(s4, S4_REG_NUM_VECTORS));
	int ret, count;

	count = pci_alloc_irq_vectors(s4->pdev, S4_VECTOR_QUEUE_FIRST + 1,
				      max_t(u32, most, S4_VECTOR_QUEUE_FIRST + 1), PCI_IRQ_MSIX);
	if (count < 0)
		return dev_err_probe(dev, count, "no MSI-X vectors\n");
	ret = devm_add_action_or_reset(dev, s4_irq_free_vectors, s4->pdev);
	if (ret)
		return ret;
	s4->num_queue_vectors = min_t(u32, count - S4_VECTOR_QUEUE_FIRST, s4->info.num_queues);
	for (i = 0; i < s4->info.num_queues; i++)
		s4->slots[i].vector = S4_VECTOR_QUEUE_FIRST + i % s4->num_queue_vectors;
	for (i = 0; i < S4_VECTOR_QUEUE_FIRST + s4->num_queue_vectors; i++) {
		ret = s4_irq_request(s4, i);
		if (ret)
			return dev_err_probe(dev, ret, "cannot request interrupt vector %u\n", i);
		s4->num_irqs = i + 1;
	}
	return 0;
}

/**
 * s4_irq_fini() - no handler runs after this
 * @s4: device
 */
void s4_irq_fini(struct s4_device *s4)
{
	u32 i;

	for (i = 0; i < s4->num_irqs; i++)
		devm_free_irq(&s4->pdev->dev, pci_irq_vector(s4->pdev, i),
			      i == S4_VECTOR_CONTROL ? (void *)s4 :
			      (void *)&s4->slots[i - S4_VECTOR_QUEUE_FIRST]);
	s4->num_irqs = 0;
}
