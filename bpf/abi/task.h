/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What user space has programs do: sweep, mend, choose. Part of abi.h. */
#ifndef WEIR_ABI_TASK_H
#define WEIR_ABI_TASK_H

#include <linux/types.h>

/* Argument and result of the sweeper: one shard a run. */
struct weir_sweep {
	__u32 shard;     /* in */
	__u32 defend;    /* in: 1 drops unfinished connections at random, if drop_entry is on */
	__u32 now;       /* out: the tick it worked with */
	__u32 requests;  /* out: request entries that stay */
	__u32 replies;   /* out: reply entries that stay */
	__u32 expired;   /* out: connections that ended */
	__u32 orphans;   /* out: reply entries without a connection */
	__u32 zero;
	__u64 low;       /* in and out: from where to where the entries lie in the kernel's memory, as the last round has */
	__u64 high;      /*   found it; 0 if that is not known, or not worth reading ahead */
};

/* Argument and result of weir_choose, which asks a scheduler as a packet would. */
struct weir_choice {
	__be32 address[4];  /* the service, as in weir_service_key */
	__be16 port;
	__u8 protocol;
	__u8 family;
	__be32 source[4];
	__be32 target[4];
	__be16 source_port;
	__be16 zero;
	__u32 times;     /* in: how often to ask */
	__u32 index;     /* out: index of the destination that was chosen last */
	__u32 chosen;    /* out: how often there was one */
	__u64 elapsed;   /* out: ns in all */
};

/* Argument of the mender: a lasting difference between a load counter and the connection table. */
struct weir_mend {
	__u32 destination;
	__s32 active;
	__s32 inactive;
	__s32 persistent;
};

#endif
