//! Rows of uploads and attachments.

mod listing;
mod own_files;
mod posts;
mod removal;
mod storage;
mod uploads;
mod usage;

pub use listing::{FileFilter, Scope, SharedFile, listed};
pub use own_files::{
    OwnFile, OwnUpload, SortBy, keeps_metadata, place, posted, posted_after, unposted,
};
pub use posts::{attach, detach, detach_one, of_messages, set_alt, to_post};
pub use removal::{delete_outdated, has_detached, next_expiry};
pub use storage::{
    PersonUsage, RoomUsage, StoredFile, Totals, by_person, by_room, largest, totals,
};
pub use uploads::{UploadRow, cancel, copy, finish, has_upload, insert, set_unchecked, upload};
pub use usage::{Usage, count_posted, usage};

use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension,
    QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper,
    dsl::{exists, select},
};

use super::{
    Attachment, Picture, TextPreview,
    media::store::{self as media, MediaRow},
};
use crate::{
    db::{
        Conn,
        ids::{MessageId, RoomId, UserId},
    },
    error::Result,
    schema::{avatars, emoji, files, link_previews, messages, settings},
};

/// Columns of [`Attachment`].
#[derive(Queryable, Selectable)]
#[diesel(table_name = files)]
struct AttachmentRow {
    token: String,
    name: String,
    size: i64,
    media_type: String,
    hash: Option<String>,
    width: Option<i32>,
    height: Option<i32>,
    placeholder: Option<String>,
    is_animated: bool,
    copies: i32,
    alt: String,
    message_id: Option<MessageId>,
    preview: Option<String>,
    #[diesel(embed)]
    media: MediaRow,
}

impl AttachmentRow {
    fn attachment(self) -> Attachment {
        let picture = match (self.width, self.height) {
            (Some(width), Some(height)) => Some(Picture {
                width: width.unsigned_abs(),
                height: height.unsigned_abs(),
                placeholder: self.placeholder.unwrap_or_default(),
                is_animated: self.is_animated,
                copies: self.copies,
            }),
            _ => None,
        };
        let (media, poster) = self.media.media();
        Attachment {
            token: self.token,
            name: self.name,
            size: self.size,
            media_type: self.media_type,
            hash: self.hash.unwrap_or_default(),
            picture,
            alt: self.alt,
            media,
            poster,
            preview: self.preview.map(TextPreview::stored),
        }
    }
}

/// Returns a finished file and the room of its message.
///
/// Returns `None` if it doesn't exist, or was uploaded by another user and isn't attached to a message.
pub fn find(
    conn: &mut Conn,
    user: UserId,
    token: &str,
) -> Result<Option<(Attachment, Option<RoomId>)>> {
    let finished = files::table
        .left_join(messages::table)
        .filter(files::token.eq(token))
        .filter(files::hash.is_not_null());
    let visible = finished.filter(
        files::message_id
            .is_not_null()
            .or(files::user_id.eq(user).and(files::expires_at.is_not_null())),
    );
    let row: Option<(AttachmentRow, Option<RoomId>)> = visible
        .select((AttachmentRow::as_select(), messages::room_id.nullable()))
        .first(conn)
        .optional()?;
    Ok(row.map(|(row, room)| (row.attachment(), room)))
}

/// Returns whether any row references a blob with this hash: a file, video poster, picture of a user, a room or the
/// server, emoji or link preview.
pub fn has_blob(conn: &mut Conn, hash: &str) -> Result<bool> {
    let avatar = exists(avatars::table.filter(avatars::hash.eq(hash)));
    let of_emoji = exists(emoji::table.filter(emoji::hash.eq(hash)));
    let of_link = exists(link_previews::table.filter(link_previews::picture.eq(hash)));
    let of_server = exists(
        settings::table
            .filter(settings::key.eq("logo"))
            .filter(settings::value.eq(hash)),
    );
    Ok(has_hash(conn, hash)?
        || media::has_poster(conn, hash)?
        || select(avatar.or(of_emoji).or(of_link).or(of_server)).get_result(conn)?)
}

/// Returns whether any file has this hash.
fn has_hash(conn: &mut Conn, hash: &str) -> Result<bool> {
    let with_hash = files::table.filter(files::hash.eq(hash));
    Ok(select(exists(with_hash)).get_result(conn)?)
}
