// A network as the rows of its paper's table: the layers that have parameters.
//
//   EXPECT_EQ(RowsWithParameters(net), (std::vector<TableRow>{{"C1", {6, 28, 28}, 156}, ...}));
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "ocellus/network/network.h"
#include "ocellus/network/network_summary.h"

namespace ocellus {

struct TableRow {
  std::string name;
  Shape output;
  int64_t parameters = 0;

  friend bool operator==(const TableRow&, const TableRow&) = default;
};

inline std::ostream& operator<<(std::ostream& out, const TableRow& row) {
  return out << row.name << " " << row.output.ToString() << " " << row.parameters;
}

inline std::vector<TableRow> RowsWithParameters(const Network& network) {
  std::vector<TableRow> rows;
  for (const LayerSummary& layer : Summarize(network, 1).layers) {
    if (layer.parameters > 0) rows.push_back({layer.name, layer.output, layer.parameters});
  }
  return rows;
}

}  // namespace ocellus
