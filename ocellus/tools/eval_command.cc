// ocellus eval: how good a model is on a data set.
#include <fmt/core.h>

#include <algorithm>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/network/network_summary.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/data_arguments.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/training/evaluate.h"

namespace ocellus {
namespace {

struct EvalArguments {
  std::string model;
  DataArguments data;
  std::string split = "test";
  std::string net;
  std::string precision = "float";
  int64_t batch_size = 100;
  int threads = 0;
  bool json = false;
};

// One of a few words, or an Error with a suggestion.
void ExpectWord(const std::string& option, const std::string& word,
                const std::vector<std::string>& known) {
  if (std::ranges::find(known, word) == known.end()) {
    Fail("{}: unknown value '{}'{}", option, word, DidYouMean(word, known));
  }
}

// The double network with the file's own numbers, which may be doubles too.
BasicNetwork<double> DoubleNetwork(const Model& model, const EvalArguments& arguments) {
  auto network = model.network.ConvertTo<double>();
  if (!arguments.net.empty()) LoadParameters(arguments.model, network);
  return network;
}

// Names that are long would make the table too wide: columns have the numbers of the classes then.
void PrintConfusion(const Evaluation& result, const std::vector<std::string>& names) {
  constexpr size_t kLongName = 12;
  const auto classes = static_cast<size_t>(result.classes);
  const bool is_numbered =
      std::ranges::any_of(names, [](const std::string& name) { return name.size() > kLongName; });
  const auto name = [&](size_t c) { return c < names.size() ? names[c] : std::to_string(c); };
  const auto row_name = [&](size_t c) {
    return is_numbered ? fmt::format("{} = {}", name(c), c) : name(c);
  };
  const auto column_name = [&](size_t c) { return is_numbered ? std::to_string(c) : name(c); };
  size_t row_width = 6;
  size_t width = 6;
  for (size_t c = 0; c < classes; ++c) {
    row_width = std::max(row_width, row_name(c).size() + 2);
    width = std::max(width, column_name(c).size() + 2);
  }
  fmt::print("\nconfusion matrix: rows are right classes, columns predicted ones\n{:{}}", "",
             row_width);
  for (size_t c = 0; c < classes; ++c) fmt::print("{:>{}}", column_name(c), width);
  fmt::print("\n");
  for (size_t label = 0; label < classes; ++label) {
    fmt::print("{:>{}}", row_name(label), row_width);
    for (size_t c = 0; c < classes; ++c) {
      fmt::print("{:>{}}", result.confusion[label * classes + c], width);
    }
    fmt::print("\n");
  }
}

int Eval(const EvalArguments& arguments) {
  ExpectWord("--split", arguments.split, {"test", "train"});
  ExpectWord("--precision", arguments.precision, {"float", "double"});
  if (arguments.batch_size < 1) {
    Fail("batch size: expected 1 or more, found {}", arguments.batch_size);
  }
  const Model model = LoadModelArgument(arguments.model, arguments.net);
  const std::unique_ptr<ThreadPool> pool = MakePool(arguments.threads);
  const DataSplits data = LoadDataFor(model, arguments.data, pool.get());
  const Dataset& split = arguments.split == "test" ? *data.test : *data.train;
  ExpectClassesOf(model, split.class_names(), DataNameFor(model, arguments.data));
  const EvaluationOptions options{
      .preprocessing = model.preprocessing, .batch_size = arguments.batch_size, .pool = pool.get()};
  const Evaluation result = arguments.precision == "double"
                                ? Evaluate(DoubleNetwork(model, arguments), split, options)
                                : Evaluate(model.network, split, options);
  const double images_per_second = static_cast<double>(result.samples) / result.seconds;
  if (arguments.json) {
    Json confusion = Json::array();
    for (auto row = result.confusion.begin(); row != result.confusion.end();
         row += result.classes) {
      confusion.push_back(std::vector<int64_t>(row, row + result.classes));
    }
    const Json json = {{"accuracy", result.accuracy()},
                       {"loss", result.loss},
                       {"samples", result.samples},
                       {"correct", result.correct},
                       {"images_per_second", images_per_second},
                       {"confusion", confusion}};
    fmt::print("{}\n", json.dump());
    return 0;
  }
  fmt::print("accuracy  {:.2f}% ({} of {})\nloss      {:.6f}\nspeed     {} images/s\n",
             100 * result.accuracy(), result.correct, result.samples, result.loss,
             FormatCount(static_cast<int64_t>(images_per_second)));
  PrintConfusion(result, split.class_names());
  return 0;
}

}  // namespace

void AddEvalCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("eval", "Measure accuracy and loss of a model");
  auto arguments = std::make_shared<EvalArguments>();
  EvalArguments& a = *arguments;
  command->add_option("MODEL", a.model, "A model, or a .pkl or .npz file of parameters")
      ->required();
  AddDataArguments(*command, a.data, DefaultData::kOfModel);
  command->add_option("--split", a.split, "test or train");
  command->add_option("--net", a.net, "NET of a file that holds parameters only");
  command->add_option("--precision", a.precision,
                      "float: fast kernels; double: the textbook's loops");
  command->add_option("--batch-size", a.batch_size, "Samples computed together");
  command->add_option("--threads", a.threads, "Threads to use (0: all processors)");
  command->add_flag("--json", a.json, "Print one JSON object");
  command->callback([arguments, &action] { action = [arguments] { return Eval(*arguments); }; });
}

}  // namespace ocellus
