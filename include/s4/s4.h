/* SPDX-License-Identifier: MIT */
/*
 * libs4: the C interface. docs/sdk.md explains every name; the C++ layer (s4.hpp) wraps this one.
 *
 * Errors: a function that can fail returns an enum s4_code and takes, last, a struct s4_error that
 * it fills on failure, or NULL. There is no "last error" and no current device.
 *
 * Structures that the caller fills or that are filled for it begin with `size`, which the caller
 * sets to the sizeof of the structure that it was compiled with; members that a program does not
 * know stay untouched, and members that the library does not know must be zero.
 *
 * Ownership: a handle is released once, by its _release function, from any thread; NULL is
 * allowed. Releasing never waits for the card: what a job that was submitted still uses lives
 * until the job has ended. Handles may be released in any order.
 *
 * Threads: functions on different handles may be called at the same time, and so may functions on
 * the same handle, except on a command list, which one thread uses at a time.
 */
#ifndef S4_S4_H
#define S4_S4_H

#include <stddef.h>
#include <stdint.h>

#include "abi/s4_cmd.h"
#include "abi/s4_mailbox.h"
#include "abi/s4_ring.h"
#include "abi/s4_telemetry.h"
#include "abi/s4_weights.h"

#ifdef __cplusplus
extern "C" {
#endif

#define S4_API __attribute__((visibility("default")))

#define S4_LIBRARY_VERSION_MAJOR 0
#define S4_LIBRARY_VERSION_MINOR 1
#define S4_LIBRARY_VERSION_PATCH 0

/* major << 16 | minor << 8 | patch of the library that runs. */
S4_API uint32_t s4_library_version(void);

/* ---- Errors ---------------------------------------------------------------------------------- */

enum s4_code {
	S4_SUCCESS = 0,
	S4_ERROR_INVALID_ARGUMENT = 1, /* the call is wrong; nothing was done */
	S4_ERROR_NO_DEVICE = 2, /* no card, or none of that name */
	S4_ERROR_PERMISSION = 3, /* the device node may not be opened, or a privilege is missing */
	S4_ERROR_OUT_OF_CARD_MEMORY = 4,
	S4_ERROR_OUT_OF_HOST_MEMORY = 5,
	S4_ERROR_OUT_OF_RESOURCES = 6, /* queues, address spaces, addresses or file descriptors */
	S4_ERROR_TIMEOUT = 7, /* not ended yet; nothing is wrong */
	S4_ERROR_DEVICE_RESET = 8, /* the card was reset: make the queue anew and submit again */
	S4_ERROR_DEVICE_LOST = 9, /* the card is gone: open a device anew */
	S4_ERROR_JOB_FAILED = 10, /* the card refused or faulted: see struct s4_job_report */
	S4_ERROR_CANCELLED = 11, /* the job never began */
	S4_ERROR_BAD_WEIGHTS = 12, /* a weight blob or matrix that the format does not allow */
	S4_ERROR_VERSION = 13, /* driver, firmware and library do not fit together */
	S4_ERROR_UNSUPPORTED = 14,
	S4_ERROR_SYSTEM = 15, /* the operating system refused: see sys_errno */
};

struct s4_error {
	size_t size; /* sizeof(struct s4_error) */
	enum s4_code code;
	int sys_errno; /* of the call that failed, or 0 */
	char device[64]; /* bus id and serial, or empty */
	char stage[32]; /* what was being done: "open", "create buffer", "submit" */
	char message[512]; /* one sentence or two, with the remedy */
};

/* "S4_ERROR_TIMEOUT" and so on; never NULL. */
S4_API const char *s4_code_name(enum s4_code code);

/* A sentence for an enum s4_status (abi/s4_ring.h); never NULL. */
S4_API const char *s4_status_text(uint32_t status);

/* ---- Devices --------------------------------------------------------------------------------- */

typedef struct s4_device s4_device;
typedef struct s4_buffer s4_buffer;
typedef struct s4_weights s4_weights;
typedef struct s4_command_list s4_command_list;
typedef struct s4_queue s4_queue;
typedef struct s4_job s4_job;

struct s4_device_info {
	size_t size;
	uint32_t index; /* among the cards that S4_VISIBLE_DEVICES leaves */
	enum s4_code state; /* S4_SUCCESS, or why this card cannot be opened; then see problem */
	char name[32];
	char transport[8]; /* "drm" or "sim" */
	char bus_id[32]; /* "0000:01:00.0" or "sim:0" */
	char node[64]; /* "/dev/accel/accel0"; empty with sim */
	char serial[32];
	char driver_version[32];
	char problem[256]; /* empty when state is S4_SUCCESS */
	uint32_t abi_version; /* major << 16 | minor */
	uint32_t fw_version; /* S4_FW_VERSION of abi/s4_boot.h */
	uint32_t num_cores;
	uint32_t max_queues; /* that this process may have on one device handle */
	uint32_t clock_top_khz; /* the clock that card cycles count */
	uint32_t sram_bytes; /* on-chip memory a core */
	uint32_t reset_count;
	uint32_t reserved;
	uint64_t dram_bytes;
	uint64_t aperture_bytes; /* card memory that the CPU reaches */
};

struct s4_memory_info {
	size_t size;
	uint64_t total; /* bytes of card memory */
	uint64_t reserved; /* kept by the driver */
	uint64_t used; /* by buffers of all processes */
	uint64_t visible_free; /* free, and reachable by the CPU */
	uint64_t largest_free; /* the largest buffer that would fit */
};

/*
 * Lists cards. `infos` has room for *count elements of `stride` bytes each (set size in the first;
 * NULL with *count 0 asks for the number); *count becomes the number of cards, which may be more
 * than there was room for. No card at all is S4_ERROR_NO_DEVICE, never an empty success.
 */
S4_API enum s4_code s4_device_list(struct s4_device_info *infos, size_t stride, size_t *count,
				   struct s4_error *error);

/*
 * Opens a card. `name`: an index, a serial number, a bus id, a device node, "sim" or "sim:OPTIONS"
 * (docs/sdk.md, "The simulated card"). NULL: what the environment variable S4_DEVICE says, else
 * the first visible card. The simulated card is used only when it is named.
 */
S4_API enum s4_code s4_device_open(const char *name, s4_device **device, struct s4_error *error);
S4_API void s4_device_release(s4_device *device);

S4_API enum s4_code s4_device_get_info(s4_device *device, struct s4_device_info *info,
				       struct s4_error *error);
S4_API enum s4_code s4_device_get_memory(s4_device *device, struct s4_memory_info *info,
					 struct s4_error *error);
/* Fills the first `bytes` of a struct s4_telemetry, zero beyond what the card knows. */
S4_API enum s4_code s4_device_get_telemetry(s4_device *device, struct s4_telemetry *telemetry,
					    size_t bytes, struct s4_error *error);

/* ---- Buffers --------------------------------------------------------------------------------- */

enum s4_placement {
	S4_PLACEMENT_CARD = 0,
	S4_PLACEMENT_HOST = 1,
};

#define S4_BUFFER_MAPPABLE (1u << 0) /* card memory that the CPU reaches; host memory always is */
#define S4_BUFFER_SHARED (1u << 1) /* may be exported to other processes and devices */

struct s4_buffer_options {
	size_t size;
	uint64_t bytes; /* at least 1; rounded up to the page size */
	enum s4_placement placement;
	uint32_t flags;
};

/* A buffer that reads as zero. Its device address stays the same as long as it lives. */
S4_API enum s4_code s4_buffer_create(s4_device *device, const struct s4_buffer_options *options,
				     s4_buffer **buffer, struct s4_error *error);
S4_API void s4_buffer_release(s4_buffer *buffer);
S4_API uint64_t s4_buffer_bytes(const s4_buffer *buffer);
S4_API uint64_t s4_buffer_address(const s4_buffer *buffer); /* in the device's address space */

/*
 * The buffer in this process's memory, until it is released. S4_ERROR_UNSUPPORTED: card memory
 * that the CPU does not reach. What the CPU writes is seen by jobs submitted afterwards.
 */
S4_API enum s4_code s4_buffer_map(s4_buffer *buffer, void **pointer, struct s4_error *error);

/*
 * Copies between this process's memory and the buffer, by the CPU where it reaches the buffer and
 * by the card's DMA else; returns when done. Not ordered with jobs: wait for those that use it.
 */
S4_API enum s4_code s4_buffer_upload(s4_buffer *buffer, uint64_t offset, const void *data,
				     uint64_t bytes, struct s4_error *error);
S4_API enum s4_code s4_buffer_download(s4_buffer *buffer, uint64_t offset, void *data,
				       uint64_t bytes, struct s4_error *error);

/* A dma-buf descriptor of a S4_BUFFER_SHARED buffer, which the caller closes. */
S4_API enum s4_code s4_buffer_export(s4_buffer *buffer, int *fd, struct s4_error *error);
/* A buffer from a dma-buf descriptor, which stays the caller's. */
S4_API enum s4_code s4_buffer_import(s4_device *device, int fd, s4_buffer **buffer,
				     struct s4_error *error);

/* ---- Weights --------------------------------------------------------------------------------- */

/* A dense matrix [rows = outputs][k], in this process's memory. */
struct s4_matrix {
	size_t size;
	const void *data;
	enum s4_type type; /* S4_TYPE_FLOAT32 or S4_TYPE_INT8 */
	uint32_t rows;
	uint32_t k;
	uint32_t reserved;
	uint64_t pitch; /* elements from a row to the next; 0: k */
};

struct s4_pack_options {
	size_t size;
	uint32_t degree; /* 1, 2, 4, 8, 16 or 32 */
	enum s4_type type; /* of the blob: S4_TYPE_BF16 from float32; S4_TYPE_INT8 from either */
	/*
	 * [rows][k], non-zero: keep; NULL: the 64/degree largest magnitudes of each bank are kept.
	 * A bank may keep fewer than 64/degree: zeros fill it. More is an error.
	 */
	const uint8_t *mask;
	/* float32 to INT8: [rows], positive; NULL: a row's largest magnitude over 127. */
	const float *scale;
	float *scale_out; /* [rows], the scales used; may be NULL */
};

/* Bytes of the blob that s4_weights_pack() makes. */
S4_API enum s4_code s4_weights_blob_bytes(uint32_t rows, uint32_t k, uint32_t degree,
					  enum s4_type type, size_t *bytes, struct s4_error *error);
/* Packs into `blob`, which is exactly s4_weights_blob_bytes() long. */
S4_API enum s4_code s4_weights_pack(const struct s4_matrix *matrix,
				    const struct s4_pack_options *options, void *blob,
				    size_t bytes, struct s4_error *error);
/* S4_ERROR_BAD_WEIGHTS with a message that names the field, or the row and the bank. */
S4_API enum s4_code s4_weights_verify(const void *blob, size_t bytes, struct s4_error *error);

struct s4_weights_info {
	size_t size;
	uint32_t rows;
	uint32_t k;
	uint32_t degree;
	enum s4_type type;
	uint64_t bytes; /* of card memory: both planes */
};

/* Verifies a blob and copies it to card memory. */
S4_API enum s4_code s4_weights_upload(s4_device *device, const void *blob, size_t bytes,
				      s4_weights **weights, struct s4_error *error);
S4_API void s4_weights_release(s4_weights *weights);
S4_API enum s4_code s4_weights_get_info(const s4_weights *weights, struct s4_weights_info *info,
					struct s4_error *error);

/* ---- Command lists --------------------------------------------------------------------------- */

/*
 * A place: `offset` bytes into a buffer of the list's device; with buffer NULL, `offset` is an
 * address of the device's address space or of on-chip memory (S4_SRAM_VA).
 */
struct s4_address {
	s4_buffer *buffer;
	uint64_t offset;
};

struct s4_copy {
	size_t size;
	struct s4_address src;
	struct s4_address dst;
	uint64_t row_bytes;
	uint64_t src_pitch; /* bytes; 0: row_bytes */
	uint64_t dst_pitch; /* bytes; 0: row_bytes */
	uint32_t rows; /* 0: 1 */
	uint32_t reserved;
};

struct s4_fill {
	size_t size;
	struct s4_address dst;
	uint64_t bytes;
	uint32_t pattern;
	uint32_t pattern_bytes; /* 1, 2 or 4 */
};

/*
 * With sum = the sum over k of w[r][k] * x[k][c]:
 * BF16 weights: v = scale[r] * sum + bias[r].
 * INT8 weights: v = scale[r] * (sum + bias[r]).
 * Then y[r][c] = activation(v + residual[r][c]), for an INT8 y times y_scale.
 */
struct s4_spmm {
	size_t size;
	const s4_weights *weights;
	struct s4_address x; /* [k][columns], type of the weights */
	struct s4_address y; /* [rows][columns], y_type */
	struct s4_address bias; /* [rows]: int32 with INT8 weights, float32 with BF16 */
	struct s4_address scale; /* float32 [rows] */
	uint64_t x_pitch; /* bytes; 0: no gaps */
	uint64_t y_pitch; /* bytes; 0: no gaps */
	uint32_t columns;
	uint32_t flags; /* S4_SPMM_BIAS, S4_SPMM_SCALE, S4_SPMM_RESIDUAL: which of them are given */
	enum s4_type y_type;
	enum s4_activation activation;
	enum s4_layout x_layout;
	enum s4_layout y_layout;
	float alpha; /* the activation's parameters; 0 when it has none */
	float beta;
	struct s4_address residual; /* [rows][columns] in y's layout; may be y */
	uint64_t residual_pitch; /* bytes; 0: no gaps */
	enum s4_type residual_type;
	float residual_scale; /* INT8 only; else 1 or 0 */
	float y_scale; /* INT8 only; 0: 1 */
	uint32_t reserved;
};

/* y = activation(a op b) over a box; see struct s4_cmd_eltwise of abi/s4_cmd.h. */
struct s4_eltwise {
	size_t size;
	struct s4_address a;
	struct s4_address b;
	struct s4_address y;
	enum s4_eltwise_op op;
	enum s4_type type; /* of each of the three that has no own below */
	enum s4_activation activation;
	uint32_t dims; /* 1..S4_MAX_DIMS */
	uint32_t shape[S4_MAX_DIMS];
	uint32_t a_stride[S4_MAX_DIMS]; /* elements; 0 repeats */
	uint32_t b_stride[S4_MAX_DIMS];
	uint32_t y_stride[S4_MAX_DIMS];
	float a_scale; /* integers only; else 1 or 0 */
	float b_scale;
	float y_scale;
	float alpha; /* the activation's parameters; 0 when it has none */
	float beta;
	enum s4_type a_type; /* 0: `type` */
	enum s4_type b_type;
	enum s4_type y_type;
};

/*
 * Puts an address into a field of a descriptor: `field` is the offset of a member of struct s4_cmd
 * that names memory, for example offsetof(struct s4_cmd, spmm.x).
 */
struct s4_binding {
	uint32_t field;
	uint32_t reserved;
	struct s4_address address;
};

/*
 * A list of commands. Each is checked when it is added; an error leaves the list as it was. The
 * list finds out which commands depend on which, and orders those. It keeps the buffers and
 * weights that it names alive, may be submitted many times and to several queues of its device,
 * and may be added to after a submit, which does not change what was submitted.
 */
S4_API enum s4_code s4_command_list_create(s4_device *device, s4_command_list **list,
					   struct s4_error *error);
S4_API void s4_command_list_release(s4_command_list *list);
S4_API size_t s4_command_list_count(const s4_command_list *list);
S4_API enum s4_code s4_command_list_copy(s4_command_list *list, const struct s4_copy *copy,
					 struct s4_error *error);
S4_API enum s4_code s4_command_list_fill(s4_command_list *list, const struct s4_fill *fill,
					 struct s4_error *error);
/*
 * Any command of abi/s4_cmd.h: its descriptor with the addresses from `bindings` written to it. It is
 * checked like the others, ranges against their buffers included, and `wait` is the list's to set.
 */
S4_API enum s4_code s4_command_list_add(s4_command_list *list, const struct s4_cmd *command,
					const struct s4_binding *bindings, size_t count,
					struct s4_error *error);
S4_API enum s4_code s4_command_list_spmm(s4_command_list *list, const struct s4_spmm *spmm,
					 struct s4_error *error);
S4_API enum s4_code s4_command_list_eltwise(s4_command_list *list,
					    const struct s4_eltwise *eltwise,
					    struct s4_error *error);
/* Everything after it waits for everything before it. */
S4_API enum s4_code s4_command_list_barrier(s4_command_list *list, struct s4_error *error);
/* Writes struct s4_timestamp when everything before it has ended. */
S4_API enum s4_code s4_command_list_timestamp(s4_command_list *list, struct s4_address dst,
					      struct s4_error *error);
/*
 * Adds a descriptor as it stands, its wait bits included, without any check: the card checks it.
 * Later commands wait for it. Buffers that it uses must outlive the jobs; `keep` (may be NULL)
 * names `keep_count` of them that the list then keeps.
 */
S4_API enum s4_code s4_command_list_raw(s4_command_list *list, const struct s4_cmd *command,
					s4_buffer *const *keep, size_t keep_count,
					struct s4_error *error);

/* ---- Queues and jobs ------------------------------------------------------------------------- */

struct s4_queue_options {
	size_t size;
	enum s4_core_mode core_mode;
	uint32_t core; /* with S4_CORE_MODE_ONE, else 0 */
	uint32_t priority; /* S4_PRIORITY_*; HIGH needs the privilege CAP_SYS_NICE */
	uint32_t reserved;
};

/* NULL options: one core, core 0, normal priority. */
S4_API enum s4_code s4_queue_create(s4_device *device, const struct s4_queue_options *options,
				    s4_queue **queue, struct s4_error *error);
S4_API void s4_queue_release(s4_queue *queue);

/*
 * Submits a list; its jobs run in the order of submission, and after the `after_count` jobs of
 * `after`, which may be of other queues of the same device. An empty list is a job that does
 * nothing. A failed job does not stop those that wait for it: look at each.
 */
S4_API enum s4_code s4_queue_submit(s4_queue *queue, const s4_command_list *list,
				    s4_job *const *after, size_t after_count, s4_job **job,
				    struct s4_error *error);

#define S4_QUEUE_INFO_BANNED (1u << 0)
#define S4_QUEUE_INFO_RESET (1u << 1)
#define S4_QUEUE_INFO_LOST (1u << 2)

struct s4_queue_info {
	size_t size;
	uint32_t flags; /* S4_QUEUE_INFO_* */
	uint32_t last_status; /* enum s4_status of the last job that failed */
	uint64_t jobs_submitted;
	uint64_t jobs_done;
	uint64_t jobs_failed;
	uint64_t progress; /* work retired: rises while the card works on the queue */
};
S4_API enum s4_code s4_queue_get_info(s4_queue *queue, struct s4_queue_info *info,
				      struct s4_error *error);

struct s4_job_report {
	size_t size;
	enum s4_code code; /* S4_SUCCESS, _TIMEOUT (runs still), _JOB_FAILED, _CANCELLED, _DEVICE_* */
	uint32_t status; /* enum s4_status; S4_OK unless code is S4_ERROR_JOB_FAILED or so */
	uint32_t command; /* index in the list of the command that failed */
	uint32_t detail; /* meaning: enum s4_status */
	uint32_t fault_unit; /* enum s4_unit */
	uint32_t fault_core;
	uint32_t fault_access; /* enum s4_access */
	uint32_t reserved;
	uint64_t fault_va;
	uint64_t card_cycles; /* at clock_top_khz: the job's card time */
	uint64_t card_ns; /* the same in nanoseconds */
	uint64_t wall_ns; /* from its begin to its end on the card, time of the guest */
};

#define S4_WAIT_FOREVER UINT64_MAX

/*
 * Waits until the job has ended, at most `timeout_ns` (0: looks only). S4_SUCCESS when it ended
 * well, S4_ERROR_TIMEOUT when it runs still, else how it failed.
 */
S4_API enum s4_code s4_job_wait(s4_job *job, uint64_t timeout_ns, struct s4_error *error);
/* Never waits. */
S4_API enum s4_code s4_job_get_report(s4_job *job, struct s4_job_report *report,
				      struct s4_error *error);
/*
 * Calls `callback` once when the job has ended, from a thread of the library, or at once from this
 * one if it has. It may use any function of the library but must not wait for other jobs. The job
 * may be released before.
 */
typedef void (*s4_job_callback)(void *argument, const struct s4_job_report *report);
S4_API enum s4_code s4_job_on_end(s4_job *job, s4_job_callback callback, void *argument,
				  struct s4_error *error);
/* A new descriptor that becomes readable (poll) when the job has ended; the caller closes it. */
S4_API enum s4_code s4_job_get_fd(s4_job *job, int *fd, struct s4_error *error);
S4_API void s4_job_release(s4_job *job);

#ifdef __cplusplus
}
#endif

#endif
