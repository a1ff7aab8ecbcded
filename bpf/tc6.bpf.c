/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_TC
#define WEIR_FAMILY 6
#include <stddef.h>
#include "director.h"
#include "pull.h"
#include "start.h"

SEC("tc")
int weir_tc6(struct __sk_buff *ctx)
{
	pull_headers(ctx);
	return direct(ctx);
}

SEC("tc")
int weir_tc6_new(struct __sk_buff *ctx)
{
	return start(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
