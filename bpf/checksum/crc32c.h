/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The checksum of SCTP (RFC 9260 appendix A): CRC32c over header and chunks, with the field itself zero. */
#ifndef WEIR_CRC32C_H
#define WEIR_CRC32C_H

#include "../context.h"
#include "../parse/parse.h"

#if defined(WEIR_TC)

#define CRC32C_CHUNK 32
#define CRC32C_POLYNOMIAL 0x82f63b78u /* reflected */
#define SCTP_CHECKSUM_OFFSET 8

struct crc32c_run {
	struct weir_context *ctx;
	__u32 offset;
	__u32 left;
	__u32 crc;
	__u32 failed;
};

/* Half a byte at a time: a table of 16 words instead of 256. */
static const __u32 crc32c_table[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static __always_inline __u32 crc32c_byte(__u32 crc, __u8 byte)
{
	crc ^= byte;
	crc = crc >> 4 ^ crc32c_table[crc & 15];
	return crc >> 4 ^ crc32c_table[crc & 15];
}

static long crc32c_step(__u32 step, struct crc32c_run *run)
{
	__u8 chunk[CRC32C_CHUNK];
	__u32 length = run->left, crc = run->crc;

	(void)step;
	if (length == 0)
		return 1;
	if (length >= CRC32C_CHUNK)
		length = CRC32C_CHUNK;
	else
		/* 1 to 31 as it is, in a form that shows older verifiers that it is not 0. */
		length = ((length - 1) & (CRC32C_CHUNK - 1)) + 1;
	if (context_load(run->ctx, run->offset, chunk, length)) {
		run->failed = 1;
		return 1;
	}
	for (__u32 i = 0; i < CRC32C_CHUNK; i++) {
		if (i >= length)
			break;
		crc = crc32c_byte(crc, chunk[i]);
	}
	run->crc = crc;
	run->offset += length;
	run->left -= length;
	return 0;
}

/* Writes the checksum of the SCTP packet of `length` bytes at `transport`. 0, or -1. Global, so that it is verified once. */
__noinline int crc32c_seal(struct weir_context *ctx, __u32 transport, __u32 length)
{
	struct crc32c_run run = { .ctx = ctx, .offset = transport, .left = length, .crc = 0xffffffff };
	__u32 zero = 0, checksum;

	if (bpf_skb_store_bytes(ctx, transport + SCTP_CHECKSUM_OFFSET, &zero, sizeof(zero), 0))
		return -1;
	bpf_loop(65536 / CRC32C_CHUNK, crc32c_step, &run, 0);
	if (run.failed)
		return -1;
	checksum = ~run.crc;
	return bpf_skb_store_bytes(ctx, transport + SCTP_CHECKSUM_OFFSET, &checksum, sizeof(checksum), 0) ? -1 : 0;
}

#endif

#endif
