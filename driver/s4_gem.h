/* SPDX-License-Identifier: GPL-2.0-only */
/* Buffer objects: in card memory, in host memory, imported. */
#ifndef __S4_GEM_H__
#define __S4_GEM_H__

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>

#include <drm/drm_gem_shmem_helper.h>

struct s4_device;
struct s4_vm;

/**
 * enum s4_bo_kind - where a buffer is
 */
enum s4_bo_kind {
	/** @S4_BO_KIND_CARD: card DRAM */
	S4_BO_KIND_CARD,
	/** @S4_BO_KIND_HOST: pages of the host, ours */
	S4_BO_KIND_HOST,
	/** @S4_BO_KIND_IMPORT: somebody else's dma-buf */
	S4_BO_KIND_IMPORT,
};

/**
 * struct s4_bo - a buffer object
 */
struct s4_bo {
	/** @shmem: base; of card memory and imports only the GEM object in it is used */
	struct drm_gem_shmem_object shmem;
	/** @kind: where it is */
	enum s4_bo_kind kind;
	/** @flags: enum drm_s4_bo_flags it was made with */
	u32 flags;
	/** @exclusive: of an exclusive buffer: its VM's reservation object; holds a reference */
	struct drm_gem_object *exclusive;
	/** @gpuva_lock: the list of VMs that map it */
	struct mutex gpuva_lock;

	/** @blocks: card memory: its buddy blocks, in the buffer's order */
	struct list_head blocks;
	/** @dummy: card memory: page that stands in for it in CPU mappings when the card is gone */
	struct page *dummy;

	/** @map_lock: @sgt, @on_list, @orphan */
	struct mutex map_lock;
	/** @sgt: host memory and imports: mapped for DMA by the card, else NULL */
	struct sg_table *sgt;
	/** @on_list: @node is on the device's list */
	bool on_list;
	/** @node: in s4_device.bos while @sgt is set */
	struct list_head node;
	/** @orphan: imports: the dma-buf, kept for its reservation after detaching from it */
	struct dma_buf *orphan;
};

static inline struct s4_bo *to_s4_bo(struct drm_gem_object *obj)
{
	return container_of(obj, struct s4_bo, shmem.base);
}

/**
 * struct s4_extent - a piece of a buffer that is contiguous for the card
 * @addr: DMA address, or address in card DRAM
 * @bytes: length
 */
struct s4_extent {
	u64 addr;
	u64 bytes;
};

/**
 * struct s4_bo_cursor - a walk through a buffer's extents
 * @bo: buffer
 * @block: card memory: next block
 * @sg: else: next entry
 * @left: else: entries left
 * @rest: of the current extent, what is still to come
 */
struct s4_bo_cursor {
	struct s4_bo *bo;
	struct s4_buddy_block *block;
	struct scatterlist *sg;
	unsigned int left;
	struct s4_extent rest;
};

void s4_bo_cursor_init(struct s4_bo_cursor *cursor, struct s4_bo *bo, u64 offset);
void s4_bo_cursor_advance(struct s4_bo_cursor *cursor, u64 bytes);

struct s4_bo *s4_bo_alloc(enum s4_bo_kind kind, u32 flags);
int s4_bo_map_dma(struct s4_bo *bo);
void s4_bo_list_add(struct s4_device *s4, struct s4_bo *bo);
void s4_bo_release(struct s4_bo *bo);
void s4_gem_unplug_all(struct s4_device *s4);

struct s4_bo *s4_bo_create_card(struct s4_device *s4, u64 size, u32 flags);
struct s4_bo *s4_bo_create_host(struct s4_device *s4, u64 size, u32 flags);
int s4_bo_host_map_dma(struct s4_bo *bo);
void s4_bo_host_unmap_dma(struct s4_bo *bo);
void s4_bo_import_unmap_dma(struct s4_bo *bo);

struct drm_gem_object *s4_gem_create_object(struct drm_device *drm, size_t size);
struct drm_gem_object *s4_gem_import_sg_table(struct drm_device *drm,
					      struct dma_buf_attachment *attach,
					      struct sg_table *sgt);
struct dma_buf *s4_gem_export(struct drm_gem_object *obj, int flags);

int s4_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *file);
int s4_ioctl_bo_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file);

#endif
