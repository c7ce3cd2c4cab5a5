//! Lists of the files in a room or posted by a user: as grid or list, filtered by kind and name.

use askama::Template;
use poem::{FromRequest, Request, RequestBody, handler, web::Path};
use serde_json::json;

use crate::{
    accounts::User,
    error::{Error, Result},
    files::{FileFilter, FileKind},
    messages::{
        Messages, ShownFile, ShownTime,
        file_list::{FileEntry, FileEntryJson},
    },
    people::{People, Profile, http::address_of},
    rooms::{Kind, Member, Room, RoomList, Rooms},
    web::{
        framed::Framed,
        paged::{ListQuery, Paged},
        query::lenient_param,
        reply::Reply,
        state::State,
        wants::Wants,
    },
};

/// Page with a list of files.
#[derive(Template)]
#[template(path = "messages/file_list.html")]
struct FileListPage {
    /// Set for the files in a room; otherwise `person` is set.
    room: Option<Room>,
    is_direct: bool,
    person: Option<Profile>,
    /// URL path of the page.
    address: String,
    query: FileListQuery,
    files: Vec<ShownEntry>,
    /// Number of files to skip on the next page.
    next: Option<i64>,
}

/// Template data of a file in the list.
struct ShownEntry {
    file: ShownFile,
    author: String,
    /// URL path of the sender's profile.
    profile: String,
    /// Name of the room, if the list shows the files of a user.
    room: Option<String>,
    message: String,
    posted: ShownTime,
}

/// Query parameters `?kind=&q=&view=&skip=`. Unknown kinds and views are ignored.
#[derive(Default)]
struct FileListQuery {
    kind: Option<FileKind>,
    words: String,
    is_list: bool,
    skip: i64,
}

impl<'a> FromRequest<'a> for FileListQuery {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<FileListQuery> {
        let query = ListQuery::from_request(req, body).await?;
        let kind: Option<String> = lenient_param(req, "kind");
        let view: Option<String> = lenient_param(req, "view");
        Ok(FileListQuery {
            kind: kind.and_then(|kind| FileKind::from_name(&kind)),
            is_list: view.as_deref() == Some("list"),
            skip: query.skip(),
            words: query.q,
        })
    }
}

impl FileListQuery {
    fn filter(&self) -> FileFilter {
        FileFilter {
            kind: self.kind,
            words: self.words.clone(),
            skip: self.skip,
        }
    }

    /// Returns the query string for the first page with another kind or view.
    fn with(&self, kind: Option<FileKind>, is_list: bool) -> String {
        let pairs = [
            ("kind", kind.map_or("", FileKind::name)),
            ("q", &self.words),
            ("view", if is_list { "list" } else { "" }),
        ];
        let used: Vec<_> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        match serde_urlencoded::to_string(used) {
            Ok(query) if !query.is_empty() => format!("?{query}"),
            _ => String::new(),
        }
    }
}

impl FileListPage {
    /// Returns links to the kinds: label, URL, and whether it's the current one.
    fn kinds(&self) -> Vec<(&'static str, String, bool)> {
        let all = [None].into_iter().chain(FileKind::ALL.map(Some));
        let link = |kind: Option<FileKind>| {
            let address = format!(
                "{}{}",
                self.address,
                self.query.with(kind, self.query.is_list)
            );
            (label(kind), address, kind == self.query.kind)
        };
        all.map(link).collect()
    }

    /// Returns the URL of the grid or the list.
    fn view(&self, is_list: bool) -> String {
        format!(
            "{}{}",
            self.address,
            self.query.with(self.query.kind, is_list)
        )
    }

    /// Returns the URL of the next page.
    fn next_page(&self, skip: &i64) -> String {
        let first = self.view(self.query.is_list);
        let sign = if first.contains('?') { '&' } else { '?' };
        format!("{first}{sign}skip={skip}")
    }

    /// Explains why the list is empty.
    fn empty_note(&self) -> String {
        match (self.query.words.trim(), self.query.kind) {
            ("", None) if self.room.is_some() => {
                "No files yet. Files that people post in this room show up here.".into()
            }
            ("", None) => {
                "No files yet. Files that they post in rooms you share show up here.".into()
            }
            ("", kind) => format!("No {} here yet.", label(kind).to_lowercase()),
            (words, _) => format!("No files match “{words}”."),
        }
    }
}

fn label(kind: Option<FileKind>) -> &'static str {
    match kind {
        None => "All",
        Some(FileKind::Image) => "Pictures",
        Some(FileKind::Video) => "Videos",
        Some(FileKind::Audio) => "Audio",
        Some(FileKind::Document) => "Documents",
    }
}

/// `GET /rooms/{id}/files?kind=&q=&view=&skip=`: the files in a room.
#[handler]
pub async fn of_room(
    member: Member,
    wants: Wants,
    query: FileListQuery,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let found = messages.files_of_room(&member, query.filter()).await?;
    if wants == Wants::Json {
        return Ok(as_json(&found));
    }
    let room = member.room.clone();
    let title = format!("Files in {}", room.name);
    let page = FileListPage {
        address: format!("/rooms/{}/files", room.id),
        is_direct: room.kind == Kind::Direct,
        room: Some(room),
        person: None,
        query,
        files: found
            .items
            .iter()
            .map(|entry| ShownEntry::of(entry, None))
            .collect(),
        next: found.next,
    };
    let framed = Framed::new(member.user.viewer(), &title, "", &page)?;
    Ok(framed.in_room(member.room.id).into())
}

/// `GET /people/{username}/files?kind=&q=&view=&skip=`: the files that a user has posted in shared rooms. A name that its
/// user gave up lately leads to them.
#[handler]
pub async fn of_person(
    user: User,
    wants: Wants,
    Path(username): Path<String>,
    query: FileListQuery,
    State((messages, people, rooms)): State<(Messages, People, Rooms)>,
) -> Result<Reply> {
    let person = match people.profile(&user, &username).await {
        Err(Error::NotFound) => {
            let person = people.profile_of_former_name(&user, &username).await?;
            if wants == Wants::Page {
                let files = format!("{}/files", address_of(&person.username));
                return Ok(Reply::see_other(&files));
            }
            person
        }
        found => found?,
    };
    let found = messages
        .files_of_person(&user, person.id, query.filter())
        .await?;
    if wants == Wants::Json {
        return Ok(as_json(&found));
    }
    let list = rooms.list(user.id).await?;
    let files = found.items.iter();
    let title = format!("Files from {}", person.shown());
    let page = FileListPage {
        address: format!("/people/{}/files", person.username),
        is_direct: false,
        room: None,
        person: Some(person),
        query,
        files: files
            .map(|entry| ShownEntry::of(entry, Some(&list)))
            .collect(),
        next: found.next,
    };
    Ok(Framed::new(user.viewer(), &title, "/people", &page)?.into())
}

impl ShownEntry {
    /// Creates the template data. Includes the name of the room if the reader's room list is given.
    fn of(entry: &FileEntry, list: Option<&RoomList>) -> ShownEntry {
        let (listed, author) = (&entry.listed, &entry.author);
        let (room, id) = (listed.room, listed.message);
        let room_name = list.and_then(|list| list.entry(room));
        ShownEntry {
            file: ShownFile::of(&listed.file),
            author: author.name().to_owned(),
            profile: format!("/people/{}", author.username),
            room: room_name.map(|entry| entry.name.to_string()),
            message: format!("/rooms/{room}/messages/{id}#message-{id}"),
            posted: ShownTime::of(listed.posted_at),
        }
    }
}

fn as_json(found: &Paged<FileEntry>) -> Reply {
    let files: Vec<_> = found.items.iter().map(FileEntryJson::from).collect();
    Reply::json(&json!({ "files": files, "more": found.more }))
}
