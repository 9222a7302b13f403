//! Which of a repository's files a model takes.

/// Files beside the weights; those that a repository has are taken.
const SMALL: [&str; 21] = [
    "sconce.json",
    "vocabulary.json",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "2_Dense/model.safetensors",
    "adapter_config.json",
];

/// Weights, in the order in which they are preferred: the first kind that a repository has is taken.
const WEIGHTS: [&str; 5] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "adapter_model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
];

/// How the names of shards begin and end, by the list that names them.
const SHARDS: [(&str, &str, &str); 2] = [
    ("model.safetensors.index.json", "model-", ".safetensors"),
    ("pytorch_model.bin.index.json", "pytorch_model-", ".bin"),
];

/// The files to take, of all that there are; small ones first, so that a repository that is no model
/// fails before anything large is downloaded.
pub fn wanted(files: &[String]) -> Vec<&str> {
    let has = |name: &&str| files.iter().any(|file| file == name);
    let mut wanted: Vec<&str> = SMALL.into_iter().filter(has).collect();
    let weights = WEIGHTS.into_iter().find(has);
    if let Some((_, begin, end)) = SHARDS.iter().find(|(list, ..)| weights == Some(*list)) {
        let is_shard = |name: &&str| name.starts_with(begin) && name.ends_with(end);
        wanted.extend(files.iter().map(String::as_str).filter(is_shard));
    }
    wanted.extend(weights);
    wanted
}
