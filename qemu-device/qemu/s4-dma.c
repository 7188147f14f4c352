/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest memory as the card's threads reach it, without the big lock.
 *
 * Only plain RAM is ever touched: a device model behind an address would need the big lock, and
 * whoever holds that may be waiting for the card.
 *
 * Behind an IOMMU, a translation may raise a fault interrupt, which needs the big lock as well. So
 * translations are made by a bottom half, and kept until the IOMMU says that they end; a thread
 * that waits for one gives up (s4_dma_cut) rather than keep the holder of the big lock waiting.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "s4.h"
#include "trace.h"

#define S4_DMA_PAGE 4096
/* Pages remembered before all are forgotten: 256 MiB of guest memory. */
#define S4_DMA_MAX_PAGES 65536

/* A translated page: where in which region its bytes are. */
typedef struct S4DmaPage {
    uint64_t key;
    MemoryRegion *mr;
    hwaddr offset;
} S4DmaPage;

typedef struct S4DmaRequest {
    QTAILQ_ENTRY(S4DmaRequest) next;
    uint64_t addr;
    bool write;
    bool taken; /* by the bottom half, which waits for nothing: it will be done */
    bool done;
    bool ok;
} S4DmaRequest;

typedef struct S4DmaNotifier {
    QLIST_ENTRY(S4DmaNotifier) next;
    IOMMUNotifier notifier;
    IOMMUMemoryRegion *mr;
    S4State *s;
} S4DmaNotifier;

static uint64_t s4_dma_key(uint64_t addr, bool write)
{
    return addr / S4_DMA_PAGE * 2 + write;
}

/* Copies to or from RAM; the caller keeps the region alive. */
static void s4_dma_copy(S4State *s, MemoryRegion *mr, hwaddr offset, void *buf, size_t bytes,
                        bool write)
{
    void *ram = (char *)memory_region_get_ram_ptr(mr) + offset;

    if (!write) {
        memcpy(buf, ram, bytes);
        return;
    }
    memory_region_ref(mr); /* address_space_unmap() drops it */
    memcpy(ram, buf, bytes);
    address_space_unmap(s->dma.as, ram, bytes, true, bytes); /* marks dirty, drops stale code */
}

/* With no IOMMU in the way and the lock for that held for reading. */
static int s4_dma_direct(S4State *s, uint64_t addr, char *buf, size_t bytes, bool write)
{
    RCU_READ_LOCK_GUARD();

    while (bytes) {
        hwaddr offset, n = bytes;
        MemoryRegion *mr = address_space_translate(s->dma.as, addr, &offset, &n, write,
                                                   MEMTXATTRS_UNSPECIFIED);

        if (!n || !S4_DIRECT(mr, write)) {
            trace_s4_dma_refused(s->serial, addr, bytes, write);
            return -1;
        }
        s4_dma_copy(s, mr, offset, buf, n, write);
        addr += n;
        buf += n;
        bytes -= n;
    }
    return 0;
}

/* Translates one page and remembers it. With the big lock, without ours. */
static bool s4_dma_translate_page(S4State *s, uint64_t addr, bool write)
{
    hwaddr offset, n = S4_DMA_PAGE;
    MemoryRegion *mr;
    S4DmaPage *page;
    bool ok;

    RCU_READ_LOCK_GUARD();
    addr &= ~(uint64_t)(S4_DMA_PAGE - 1);
    mr = address_space_translate(s->dma.as, addr, &offset, &n, write, MEMTXATTRS_UNSPECIFIED);
    ok = n == S4_DMA_PAGE && S4_DIRECT(mr, write);
    trace_s4_dma_translate(s->serial, addr, write, ok);
    if (!ok) {
        return false;
    }
    page = g_new(S4DmaPage, 1);
    page->key = s4_dma_key(addr, write);
    page->mr = mr;
    page->offset = offset;
    memory_region_ref(mr);
    qemu_mutex_lock(&s->dma.lock);
    if (g_hash_table_size(s->dma.pages) >= S4_DMA_MAX_PAGES) {
        g_hash_table_remove_all(s->dma.pages);
    }
    g_hash_table_replace(s->dma.pages, &page->key, page);
    qemu_mutex_unlock(&s->dma.lock);
    return true;
}

/* The bottom half: everything that waits. */
static void s4_dma_translate_requests(void *opaque)
{
    S4State *s = opaque;
    S4DmaRequest *request;

    qemu_mutex_lock(&s->dma.lock);
    while ((request = QTAILQ_FIRST(&s->dma.requests))) {
        QTAILQ_REMOVE(&s->dma.requests, request, next);
        request->taken = true; /* so its owner stays, whatever is cut meanwhile */
        qemu_mutex_unlock(&s->dma.lock);
        request->ok = s4_dma_translate_page(s, request->addr, request->write);
        qemu_mutex_lock(&s->dma.lock);
        request->done = true;
    }
    qemu_cond_broadcast(&s->dma.changed);
    qemu_mutex_unlock(&s->dma.lock);
}

/* Waits for a translation; the lock is held. 0, -1 refused, 1 try again later. */
static int s4_dma_request(S4State *s, uint64_t addr, bool write)
{
    S4DmaRequest request = { .addr = addr, .write = write };

    if (S4_BQL_LOCKED()) {
        qemu_mutex_unlock(&s->dma.lock);
        request.ok = s4_dma_translate_page(s, addr, write);
        qemu_mutex_lock(&s->dma.lock);
        return request.ok ? 0 : -1;
    }
    if (s->dma.cut) {
        return 1;
    }
    QTAILQ_INSERT_TAIL(&s->dma.requests, &request, next);
    qemu_bh_schedule(s->dma.translate);
    while (!request.done && (request.taken || !s->dma.cut)) {
        qemu_cond_wait(&s->dma.changed, &s->dma.lock);
    }
    if (!request.taken) {
        QTAILQ_REMOVE(&s->dma.requests, &request, next);
        return 1;
    }
    return request.ok ? 0 : -1;
}

static int s4_dma_translated(S4State *s, uint64_t addr, char *buf, size_t bytes, bool write)
{
    int result = 0;

    qemu_mutex_lock(&s->dma.lock);
    while (bytes && !result) {
        size_t in_page = addr % S4_DMA_PAGE;
        size_t n = MIN(bytes, S4_DMA_PAGE - in_page);
        uint64_t key = s4_dma_key(addr, write);
        S4DmaPage *page = g_hash_table_lookup(s->dma.pages, &key);

        if (!page) {
            result = s4_dma_request(s, addr, write);
            continue;
        }
        s4_dma_copy(s, page->mr, page->offset + in_page, buf, n, write);
        addr += n;
        buf += n;
        bytes -= n;
    }
    qemu_mutex_unlock(&s->dma.lock);
    if (result < 0) {
        trace_s4_dma_refused(s->serial, addr, bytes, write);
    }
    return result;
}

static int s4_dma_access(S4State *s, uint64_t addr, void *buf, size_t bytes, bool write)
{
    int result = 0;
    bool translated;

    if (addr + bytes < addr) {
        return -1;
    }
    g_rw_lock_reader_lock(&s->dma.mode);
    translated = s->dma.translated;
    if (!translated) {
        result = s4_dma_direct(s, addr, buf, bytes, write);
    }
    g_rw_lock_reader_unlock(&s->dma.mode);
    return translated ? s4_dma_translated(s, addr, buf, bytes, write) : result;
}

int s4_dma_read(void *opaque, uint64_t addr, void *dst, size_t bytes)
{
    return s4_dma_access(opaque, addr, dst, bytes, false);
}

int s4_dma_write(void *opaque, uint64_t addr, const void *src, size_t bytes)
{
    return s4_dma_access(opaque, addr, (void *)src, bytes, true);
}

const void *s4_dma_map(void *opaque, uint64_t addr, size_t *bytes)
{
    S4State *s = opaque;
    const void *pointer = NULL;

    /* Behind an IOMMU a mapping could outlive its translation: let the card copy. */
    g_rw_lock_reader_lock(&s->dma.mode);
    if (!s->dma.translated) {
        hwaddr offset, n = *bytes;
        MemoryRegion *mr;

        RCU_READ_LOCK_GUARD();
        mr = address_space_translate(s->dma.as, addr, &offset, &n, false, MEMTXATTRS_UNSPECIFIED);
        if (n && S4_DIRECT(mr, false)) {
            memory_region_ref(mr);
            pointer = (char *)memory_region_get_ram_ptr(mr) + offset;
            *bytes = n;
        }
    }
    g_rw_lock_reader_unlock(&s->dma.mode);
    return pointer;
}

void s4_dma_unmap(void *opaque, const void *pointer, size_t bytes)
{
    S4State *s = opaque;

    address_space_unmap(s->dma.as, (void *)pointer, bytes, false, bytes);
}

void s4_dma_cut(void *opaque, int on)
{
    S4State *s = opaque;

    qemu_mutex_lock(&s->dma.lock);
    s->dma.cut += on ? 1 : -1;
    qemu_cond_broadcast(&s->dma.changed);
    qemu_mutex_unlock(&s->dma.lock);
}

static void s4_dma_flush(S4State *s)
{
    trace_s4_dma_flush(s->serial);
    qemu_mutex_lock(&s->dma.lock);
    g_hash_table_remove_all(s->dma.pages);
    qemu_mutex_unlock(&s->dma.lock);
}

static void s4_dma_unmapped(IOMMUNotifier *notifier, IOMMUTLBEntry *entry)
{
    S4DmaNotifier *n = container_of(notifier, S4DmaNotifier, notifier);

    s4_dma_flush(n->s);
}

static void s4_dma_set_translated(S4State *s)
{
    /* Waits for copies that still go without translation; each is bounded. */
    g_rw_lock_writer_lock(&s->dma.mode);
    s->dma.translated = !QLIST_EMPTY(&s->dma.notifiers);
    g_rw_lock_writer_unlock(&s->dma.mode);
}

/* The address space changes to be translated, or no more; before that takes effect. */
static void s4_dma_region_add(MemoryListener *listener, MemoryRegionSection *section)
{
    S4State *s = container_of(listener, S4State, dma.listener);
    S4DmaNotifier *n;

    if (!memory_region_is_iommu(section->mr)) {
        return;
    }
    n = g_new0(S4DmaNotifier, 1);
    n->s = s;
    n->mr = IOMMU_MEMORY_REGION(section->mr);
    iommu_notifier_init(&n->notifier, s4_dma_unmapped, IOMMU_NOTIFIER_UNMAP,
                        section->offset_within_region,
                        section->offset_within_region + int128_get64(section->size) - 1,
                        memory_region_iommu_attrs_to_index(n->mr, MEMTXATTRS_UNSPECIFIED));
    memory_region_register_iommu_notifier(section->mr, &n->notifier, &error_fatal);
    QLIST_INSERT_HEAD(&s->dma.notifiers, n, next);
    s4_dma_set_translated(s);
}

static void s4_dma_region_del(MemoryListener *listener, MemoryRegionSection *section)
{
    S4State *s = container_of(listener, S4State, dma.listener);
    S4DmaNotifier *n;

    QLIST_FOREACH(n, &s->dma.notifiers, next) {
        if (MEMORY_REGION(n->mr) == section->mr &&
            n->notifier.start == section->offset_within_region) {
            memory_region_unregister_iommu_notifier(section->mr, &n->notifier);
            QLIST_REMOVE(n, next);
            g_free(n);
            break;
        }
    }
    /* translated stays until commit: the old, translated view is still in use. */
}

static void s4_dma_commit(MemoryListener *listener)
{
    S4State *s = container_of(listener, S4State, dma.listener);

    s4_dma_flush(s);
    s4_dma_set_translated(s);
}

static void s4_dma_free_page(gpointer data)
{
    S4DmaPage *page = data;

    memory_region_unref(page->mr);
    g_free(page);
}

void s4_dma_init(S4State *s)
{
    S4Dma *dma = &s->dma;

    dma->as = pci_get_address_space(PCI_DEVICE(s));
    qemu_mutex_init(&dma->lock);
    qemu_cond_init(&dma->changed);
    g_rw_lock_init(&dma->mode);
    QTAILQ_INIT(&dma->requests);
    QLIST_INIT(&dma->notifiers);
    dma->pages = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, s4_dma_free_page);
    dma->translate = qemu_bh_new(s4_dma_translate_requests, s);
    dma->listener = (MemoryListener) {
        .name = "s4",
        .region_add = s4_dma_region_add,
        .region_del = s4_dma_region_del,
        .commit = s4_dma_commit,
    };
    memory_listener_register(&dma->listener, dma->as);
}

void s4_dma_exit(S4State *s)
{
    memory_listener_unregister(&s->dma.listener);
    qemu_bh_delete(s->dma.translate);
    g_hash_table_destroy(s->dma.pages);
    g_rw_lock_clear(&s->dma.mode);
    qemu_cond_destroy(&s->dma.changed);
    qemu_mutex_destroy(&s->dma.lock);
}
