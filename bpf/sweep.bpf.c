/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_TC
#define WEIR_FAMILY 4
#include <stddef.h>
#include "sweep.h"

/* Adds a difference to a load counter, atomically against packets that count at the same time. */
SEC("syscall")
int weir_mend(struct weir_mend *mend)
{
	__u32 index = mend->destination;
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);

	if (!load)
		return -1;
	__sync_fetch_and_add(&load->active, mend->active);
	__sync_fetch_and_add(&load->inactive, mend->inactive);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
