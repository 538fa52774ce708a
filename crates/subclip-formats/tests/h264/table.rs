//! The table of decoder configuration records of many encoder configurations.

use std::collections::BTreeMap;

/// A row of the table.
pub(crate) struct Record {
    /// The configuration it was made in.
    pub(crate) name: String,
    /// The `avcC` payload.
    pub(crate) bytes: Vec<u8>,
    /// The syntax elements of its sets.
    pub(crate) elements: BTreeMap<String, String>,
}

/// The table `records.txt`; its head tells its form.
pub(crate) fn records() -> Vec<Record> {
    let table = include_str!("../data/h264/records.txt");
    let mut records: Vec<Record> = Vec::new();
    for block in table.split("\n\n").skip(1) {
        let mut lines = block.lines();
        let name = lines.next().unwrap().split(':').next().unwrap().to_owned();
        let bytes = from_hex(lines.next().unwrap());
        let mut elements = records.first().map(|first| first.elements.clone()).unwrap_or_default();
        for element in lines.flat_map(str::split_whitespace).filter(|&element| element != "-") {
            let (key, value) = element.split_once('=').unwrap();
            if value.is_empty() {
                elements.remove(key).unwrap();
            } else {
                elements.insert(key.to_owned(), value.to_owned());
            }
        }
        records.push(Record { name, bytes, elements });
    }
    records
}

/// One record of the table.
pub(crate) fn record(name: &str) -> Vec<u8> {
    records().into_iter().find(|record| record.name == name).unwrap().bytes
}

fn from_hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}
