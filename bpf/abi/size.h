/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lengths that user space has to know. Part of abi.h. */
#ifndef WEIR_ABI_SIZE_H
#define WEIR_ABI_SIZE_H

#include <linux/types.h>

enum weir_size {
	/* A page of a table of places, a chunk of pages, and how many chunks there may be. */
	WEIR_PAGE_PLACES = 256,
	WEIR_CHUNK_PAGES = 4096,
	WEIR_CHUNKS = 128,
	/* Slots that a cell is about; a list of more has cells. */
	WEIR_CELL_SLOTS = 64,
	/* Destinations that serve one address under lblcr. */
	WEIR_LOCALITY_MEMBERS = 30,
	/* Bytes of a frame that are shown to a capture. */
	WEIR_TAP_BYTES = 9216,
	/* Sources of full NAT in a list, and lists that there is room for: of either family the one in use and the next. */
	WEIR_SOURCES = 256,
	WEIR_SOURCE_LISTS = 4,
	/* Longest Call-ID that is used, and most templates of calls. */
	WEIR_CALL_ID = 255,
	WEIR_CALLS = 65536,
};

#endif
