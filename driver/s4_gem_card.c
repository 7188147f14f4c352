// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers in card memory. The CPU maps them through BAR2, page by page on demand, so that unplug
 * can take the pages away; after that a mapping shows a page of zeros that is the buffer's own,
 * because a process that copies results when the card is pulled should get an error from its next
 * call, not a SIGBUS.
 */

#include <linux/dma-buf.h>
#include <linux/mm.h>

#include "s4_card_mem.h"
#include "s4_device.h"
#include "s4_gem.h"

/* Pages that one fault maps: neighbours are mostly wanted next. */
#define S4_FAULT_PAGES (SZ_2M >> PAGE_SHIFT)

static void s4_gem_card_free(struct drm_gem_object *obj)
{
	struct s4_bo *bo = to_s4_bo(obj);

	s4_bo_release(bo);
	drm_gem_object_put(bo->exclusive);
	if (!list_empty(&bo->blocks))
		s4_card_mem_free(to_s4(obj->dev), &bo->blocks);
	if (bo->dummy)
		__free_page(bo->dummy);
	drm_gem_object_release(obj);
	kfree(bo);
}

static vm_fault_t s4_gem_card_fault_dummy(struct s4_bo *bo, struct vm_fault *vmf)
{
	struct page *page;

	mutex_lock(&bo->map_lock);
	if (!bo->dummy)
		bo->dummy = alloc_page(GFP_KERNEL | __GFP_ZERO);
	page = bo->dummy;
	mutex_unlock(&bo->map_lock);
	if (!page)
		return VM_FAULT_OOM;
	return vmf_insert_pfn_prot(vmf->vma, vmf->address, page_to_pfn(page),
				   vm_get_page_prot(vmf->vma->vm_flags));
}

static vm_fault_t s4_gem_card_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct drm_gem_object *obj = vma->vm_private_data;
	struct s4_device *s4 = to_s4(obj->dev);
	struct s4_bo *bo = to_s4_bo(obj);
	unsigned long first, page, pages, address = vmf->address;
	struct s4_bo_cursor cursor;
	vm_fault_t ret;
	int cookie;

	/* The offset that mmap() was given has been taken off: pages into the buffer. */
	first = (address - vma->vm_start) >> PAGE_SHIFT;
	first += vma->vm_pgoff;
	if (first >= obj->size >> PAGE_SHIFT)
		return VM_FAULT_SIGBUS;

	if (!drm_dev_enter(obj->dev, &cookie))
		return s4_gem_card_fault_dummy(bo, vmf);

	s4_bo_cursor_init(&cursor, bo, (u64)first << PAGE_SHIFT);
	pages = min3((vma->vm_end - address) >> PAGE_SHIFT, (obj->size >> PAGE_SHIFT) - first,
		     S4_FAULT_PAGES - (address >> PAGE_SHIFT) % S4_FAULT_PAGES);
	for (page = 0; page < pages && cursor.rest.bytes; page++) {
		ret = vmf_insert_pfn(vma, address,
				     (s4->aperture + cursor.rest.addr) >> PAGE_SHIFT);
		if (ret != VM_FAULT_NOPAGE)
			break;
		address += PAGE_SIZE;
		s4_bo_cursor_advance(&cursor, PAGE_SIZE);
	}
	/* Only the first page was asked for. */
	if (page)
		ret = VM_FAULT_NOPAGE;
	drm_dev_exit(cookie);
	return ret;
}

static const struct vm_operations_struct s4_gem_card_vm_ops = {
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
	.fault = s4_gem_card_fault,
};

static int s4_gem_card_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct s4_bo *bo = to_s4_bo(obj);

	if (!(bo->flags & DRM_S4_BO_MAPPABLE))
		return -EINVAL;
	/* A private mapping would copy from memory that has no struct page. */
	if (is_cow_mapping(vma->vm_flags))
		return -EINVAL;
	vma->vm_pgoff -= drm_vma_node_start(&obj->vma_node);
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = pgprot_writecombine(vm_get_page_prot(vma->vm_flags));
	return 0;
}

/* Another device cannot reach card memory: there is no peer-to-peer DMA here. */
static int s4_gem_card_pin(struct drm_gem_object *obj)
{
	return -EOPNOTSUPP;
}

static void s4_gem_card_unpin(struct drm_gem_object *obj)
{
}

static struct sg_table *s4_gem_card_sg_table(struct drm_gem_object *obj)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static const struct drm_gem_object_funcs s4_gem_card_funcs = {
	.free = s4_gem_card_free,
	.export = s4_gem_export,
	.pin = s4_gem_card_pin,
	.unpin = s4_gem_card_unpin,
	.get_sg_table = s4_gem_card_sg_table,
	.mmap = s4_gem_card_mmap,
	.vm_ops = &s4_gem_card_vm_ops,
};

/**
 * s4_bo_create_card() - make a buffer in card memory; it reads as zero
 * @s4: device
 * @size: bytes, a multiple of the page size
 * @flags: enum drm_s4_bo_flags
 *
 * Return: the buffer or an error.
 */
struct s4_bo *s4_bo_create_card(struct s4_device *s4, u64 size, u32 flags)
{
	struct drm_gem_object *obj;
	struct s4_bo *bo;
	int ret;

	if (size > s4->info.dram_bytes) {
		ret = -ENOSPC;
		goto err_log;
	}
	bo = s4_bo_alloc(S4_BO_KIND_CARD, flags);
	if (!bo)
		return ERR_PTR(-ENOMEM);
	obj = &bo->shmem.base;
	obj->funcs = &s4_gem_card_funcs;
	drm_gem_private_object_init(&s4->drm, obj, size);
	drm_gem_gpuva_set_lock(obj, &bo->gpuva_lock);
	ret = s4_card_mem_alloc(s4, size, flags & DRM_S4_BO_MAPPABLE, &bo->blocks);
	if (!ret)
		return bo;
	drm_gem_object_put(obj);
err_log:
	if (ret == -ENOSPC)
		drm_dbg(&s4->drm, "no %llu bytes of %scard memory left: %llu of %llu are in use\n",
			size, flags & DRM_S4_BO_MAPPABLE ? "CPU-visible " : "", s4->mem.used,
			s4->info.dram_bytes);
	return ERR_PTR(ret);
}
