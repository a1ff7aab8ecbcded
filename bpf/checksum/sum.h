/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sum over bytes of the frame, of which Internet checksums are made (RFC 1071). Who includes this has weir_context and context_load. */
#ifndef WEIR_SUM_H
#define WEIR_SUM_H

/* The most that bpf_csum_diff takes at once. */
#define SUM_CHUNK 512
#define SUM_MOST 65536

struct sum_chunk {
	__u8 bytes[SUM_CHUNK];
};

/* Not on the stack, of which those who need a sum have little left. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sum_chunk);
} sum_chunks SEC(".maps");

struct sum_run {
	struct weir_context *ctx;
	__u32 offset;
	__u32 left;
	__u32 sum;
};

/* The last bytes are filled up with zeros to a word. */
static long sum_step(__u32 step, struct sum_run *run)
{
	__u32 first = 0, length = run->left, last;
	struct sum_chunk *chunk = bpf_map_lookup_elem(&sum_chunks, &first);

	(void)step;
	if (length == 0 || !chunk)
		return 1;
	if (length > SUM_CHUNK)
		length = SUM_CHUNK;
	/* 0 to 511, in a form that shows older verifiers that a length is not 0, and a word within the chunk. */
	length--;
	asm volatile("%[length] &= %[most]" : [length] "+r"(length) : [most] "i"(SUM_CHUNK - 1));
	last = length & ~3u;
	length++;
	*(__u32 *)(chunk->bytes + last) = 0;
	if (context_load(run->ctx, run->offset, chunk->bytes, length))
		return 1;
	run->sum = bpf_csum_diff(NULL, 0, (__be32 *)chunk->bytes, last + 4, run->sum);
	run->offset += length;
	run->left -= length;
	return 0;
}

/* Adds the `length` bytes at `offset` to `sum`, up to SUM_MOST. 0, or -1 if they are not there. */
static __always_inline int sum_add(struct weir_context *ctx, __u32 offset, __u32 length, __u32 *sum)
{
	struct sum_run run = { .ctx = ctx, .offset = offset, .left = length, .sum = *sum };

	bpf_loop(SUM_MOST / SUM_CHUNK, sum_step, &run, 0);
	*sum = run.sum;
	return run.left ? -1 : 0;
}

#endif
